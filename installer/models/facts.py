"""What a probe saw on the nodes. Sizes in bytes, times in seconds, addresses as text."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from installer.models.base import Model
from installer.models.node import NodeAccess


class Seen(Model):
    """The evidence of a fact: the command that was run and what it printed (shortened to a few lines)."""

    command: str
    output: str


Problem = Literal["", "unreachable", "auth", "hostkey", "no-root", "failed", "no-python"]
"""Why a node could not be read. `failed`: it was reached, but its report broke off or took too long."""


class Interface(Model):
    name: str
    mac: str = ""
    mtu: int = 1500
    state: str = ""
    addresses: list[str] = Field(default_factory=list)
    """With prefix length: `10.0.0.5/24`."""


class Route(Model):
    destination: str
    """A network, or `default`."""
    device: str = ""
    gateway: str = ""


class Listener(Model):
    protocol: Literal["tcp", "udp"]
    address: str
    port: int
    process: str = ""


class Mount(Model):
    path: str
    device: str
    type: str
    options: list[str] = Field(default_factory=list)
    total: int = 0
    free: int = 0


class Folder(Model):
    """A folder of the product, which may not exist yet: `real` is what exists of it, symlinks resolved."""

    real: str
    mount: Mount


class NodeFacts(Model):
    """One node. `problem` is set, and everything else may be empty, when the node could not be read."""

    node: NodeAccess
    problem: Problem = ""
    """Empty when all is well. `no-python`: the rest could be read all the same."""
    detail: str = ""
    """What the connection said, one line."""

    hostname: str = ""
    machine_id: str = ""
    product_uuid: str = ""
    host_key: str = ""
    os_id: str = ""
    os_version: str = ""
    os_name: str = ""
    architecture: str = ""
    kernel: str = ""
    virtualization: str = ""
    """As systemd-detect-virt says: `none`, `kvm`, `podman`…"""
    python: str = ""
    python_missing: list[str] = Field(default_factory=list)
    """Modules of the standard library that a trimmed python3 lacks."""
    init: str = ""
    """The name of process 1."""
    systemd: str = ""
    cgroup_version: Literal[0, 1, 2] = 0
    cgroup_controllers: list[str] = Field(default_factory=list)
    kernel_features: dict[str, bool] = Field(default_factory=dict)
    """Modules by name: loaded, loadable or built in."""

    cpus: int = 0
    cpu_flags: list[str] = Field(default_factory=list)
    memory_total: int = 0
    memory_available: int = 0
    swap_total: int = 0
    mounts: list[Mount] = Field(default_factory=list)
    """The file systems that can hold files: on a disk, or a tmpfs or overlay of a size."""
    folders: dict[str, Folder] = Field(default_factory=dict)
    """The folders the product will use, by path."""

    interfaces: list[Interface] = Field(default_factory=list)
    routes: list[Route] = Field(default_factory=list)
    listeners: list[Listener] = Field(default_factory=list)
    nameservers: list[str] = Field(default_factory=list)
    search_domains: list[str] = Field(default_factory=list)
    dns: Literal["", "answers", "silent", "wildcard"] = ""
    """What asking for a name that cannot exist gave: a prompt no, no answer in 2 s, or an address."""
    etc_hosts: dict[str, list[str]] = Field(default_factory=dict)
    proxies: dict[str, str] = Field(default_factory=dict)
    firewall: list[str] = Field(default_factory=list)
    """Active firewall front ends: firewalld, ufw; `nftables:policy-drop` when a base chain drops what comes in."""

    clock_offset: float = 0.0
    """The node's clock minus the installer's, corrected by half the round trip."""
    clock_uncertainty: float = 0.0
    clock_synchronised: bool | None = None
    rtc_local: bool | None = None

    commands: dict[str, bool] = Field(default_factory=dict)
    """Whether a needed base command is on the node's PATH."""
    runtimes: list[str] = Field(default_factory=list)
    """Container runtimes and Kubernetes parts already there: `unit:docker` (active), `program:/usr/bin/podman`,
    `left:/var/lib/etcd/member` (files of an earlier installation), `slipway:…` (our own)."""
    sysctls: dict[str, str] = Field(default_factory=dict)
    selinux: str = ""
    """`enforcing`, `permissive`, or empty."""
    ssh_use_dns: bool | None = None
    gpus: list[str] = Field(default_factory=list)
    """One line a card, as nvidia-smi says; `pci …` for a card without a working driver."""
    nouveau: bool = False
    seen: dict[str, Seen] = Field(default_factory=dict)
    """Evidence by section of the report (installer/probe/report.sh): `memory`, `path:/var/lib/containerd`…"""

    @property
    def own_interface(self) -> Interface | None:
        """The interface that holds the address by which the node is reached."""
        holds = (i for i in self.interfaces if self.node.address in {a.partition("/")[0] for a in i.addresses})
        return next(holds, None)


class Facts(Model):
    """All nodes, at one moment."""

    taken_at: str
    """RFC 3339, UTC."""
    nodes: list[NodeFacts]
    reachability: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Node name → node name → round trip in seconds; absent: not reached."""
    filtered: dict[str, dict[str, list[int]]] = Field(default_factory=dict)
    """Node name → node name → TCP ports that neither answered nor refused: something between swallows them."""
    small_packets_only: dict[str, list[str]] = Field(default_factory=dict)
    """Node name → nodes that it reaches, but not with packets as large as its interface's MTU."""
