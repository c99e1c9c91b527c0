"""What a lab is, as saved in `labs/NAME/lab.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from installer.common.paths import state

LABEL = "slipway.lab"
"""On every container, volume and network of a lab; its value is the lab's name."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Node(_Model):
    """One machine."""

    name: str
    """Its host name: n1, n2 …"""
    address: str
    container: str
    host_key: str
    """Its public SSH host key, `ssh-ed25519 AAAA…`."""


class Lab(_Model):
    """The machines of one lab, and how to log in to them as root."""

    name: str
    subnet: str
    nodes: list[Node]
    key: Path
    """The private key for root's login."""
    known_hosts: Path
    cgroup_version: Literal[1, 2]
    """Of the host, and so of the nodes."""
    limits_fixed: bool
    """The nodes cannot raise resource limits or lower an OOM score: no CAP_SYS_RESOURCE on this host."""

    @property
    def network(self) -> str:
        return network_name(self.name)

    def node(self, name: str) -> Node:
        """The node called `name`; KeyError when there is none."""
        return {node.name: node for node in self.nodes}[name]

    def ssh(self, node: Node) -> list[str]:
        """The OpenSSH command that logs in to `node`."""
        return [
            "ssh", "-i", str(self.key), "-o", f"UserKnownHostsFile={self.known_hosts}", "-o", "IdentitiesOnly=yes",
            "-o", "BatchMode=yes", f"root@{node.address}",
        ]  # fmt: skip


class LabStatus(_Model):
    """A lab, and what is really there of it. `lab` is None when only remains without a record were found."""

    name: str
    lab: Lab | None
    nodes: dict[str, str]
    """Node name → podman's word for its state (`running`, `exited` …) or `absent`."""

    @property
    def whole(self) -> bool:
        """Every node of the record runs, and no node runs that is not in it."""
        return self.lab is not None and all(state == "running" for state in self.nodes.values())


def folder() -> Path:
    """Where the records of all labs are."""
    return state() / "labs"


def network_name(lab: str) -> str:
    return f"slipway-{lab}"


def container_name(lab: str, node: str) -> str:
    return f"slipway-{lab}-{node}"
