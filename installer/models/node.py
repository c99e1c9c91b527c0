"""How a node is reached."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from installer.models.base import FileModel


class SshAccess(FileModel):
    """SSH as OpenSSH understands it; absent for the machine the installer runs on."""

    user: str = "root"
    port: int = Field(default=22, ge=1, le=65535)
    key: str | None = None
    """Private key file; None: the SSH agent or OpenSSH's defaults."""
    host_key: str | None = None
    """`ssh-ed25519 AAAA…`, pinned at the first contact; a different one later is refused."""


class NodeAccess(FileModel):
    """A node before anything is known about it; `ssh: None` is the local machine."""

    name: str
    address: str
    ssh: SshAccess | None = Field(default_factory=SshAccess)


Role = Literal["control-plane", "worker"]
