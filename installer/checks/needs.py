"""What an installation asks of the machines."""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import Field

from installer.models.base import Model
from installer.models.node import Role
from installer.models.site import Site

GIB = 1024**3


class BundleNeeds(Protocol):
    """The part of `appliance.bundle.Bundle` that the checks need."""

    @property
    def needs(self) -> dict[Role, int]: ...


class Needs(Model):
    """Thresholds that depend on the bundle and the site. Before a site exists every node may get every role."""

    profile: Literal["standard", "lab"] = "standard"
    roles: dict[str, list[Role]] = Field(default_factory=dict)
    interfaces: dict[str, str] = Field(default_factory=dict)
    networks: dict[str, str] = Field(default_factory=dict)
    """`pod` and `service`, once they are chosen."""
    bundle_bytes: dict[Role, int] = {"control-plane": 12 * GIB, "worker": 10 * GIB}
    """What the bundle takes on a node's disk by role; the default stands for a bundle nobody has looked into yet."""
    volume_path: str = "/var/lib/slipway/volumes"
    volume_bytes: int = 10 * GIB
    platform_port: int = 30443

    def roles_of(self, node: str) -> list[Role]:
        return self.roles.get(node, ["control-plane", "worker"])

    def disk(self, node: str) -> dict[str, int]:
        """Bytes needed by folder. etcd: its default quota of 2 GiB; kubelet: logs and emptyDirs of our own pods."""
        roles = self.roles_of(node)
        needed = {
            "/var/lib/containerd": max(self.bundle_bytes.get(role, 0) for role in roles),
            "/var/lib/kubelet": GIB,
            "/usr/local/bin": GIB // 2,
            self.volume_path: self.volume_bytes,
        }
        return needed | ({"/var/lib/etcd": 2 * GIB} if "control-plane" in roles else {})


def needs_of(
    bundle: BundleNeeds | None = None, site: Site | None = None, profile: Literal["standard", "lab"] = "standard"
) -> Needs:
    """The needs of an installation, as far as it is decided."""
    known: dict[str, object] = {"profile": site.profile if site else profile}
    if bundle:
        known["bundle_bytes"] = dict(bundle.needs)
    if site:
        known |= {
            "roles": {n.name: n.roles for n in site.nodes},
            "interfaces": {n.name: n.interface for n in site.nodes},
            "networks": {"pod": site.kubernetes.pod_network, "service": site.kubernetes.service_network},
            "volume_path": site.storage.path,
            "platform_port": site.platform.port,
        }
    return Needs.model_validate(known)
