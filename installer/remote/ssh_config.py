"""`run_dir/ssh/config`: one file by which installer, Ansible and people reach the nodes in the same way."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from installer.common.errors import SlipwayError
from installer.common.files import write_atomic
from installer.common.text import Text
from installer.models.node import NodeAccess

_COMMON = """\
# Written by Slipway. `ssh -F {config} NODE` reaches a node the way the installer does.
Host *
  BatchMode yes
  LogLevel ERROR
  UserKnownHostsFile {known_hosts}
  GlobalKnownHostsFile /dev/null
  UpdateHostKeys no
  ConnectTimeout 10
  ServerAliveInterval 5
  ServerAliveCountMax 4
  ForwardAgent no
  ForwardX11 no
  ClearAllForwardings yes
  # One connection for all there is to do on a node; it closes a minute after its last use.
  ControlMaster auto
  ControlPath {sockets}/%C
  ControlPersist 60
  # The bundle goes through this connection: the quickest of the default ciphers on a CPU with AES first.
  Ciphers ^aes128-gcm@openssh.com
"""


def write_config(nodes: Sequence[NodeAccess], run_dir: Path) -> Path:
    """Write the SSH configuration of these nodes and their pinned host keys; returns the configuration's path."""
    folder = run_dir.resolve() / "ssh"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    config, known_hosts = folder / "config", folder / "known_hosts"
    remote = [node for node in nodes if node.ssh]
    pinned = [f"{node.name} {node.ssh.host_key}" for node in remote if node.ssh and node.ssh.host_key]
    _write_when_changed(known_hosts, "\n".join([*pinned, *_seen_before(known_hosts, remote)]) + "\n")
    parts = [_COMMON.format(config=config, known_hosts=_quoted(known_hosts), sockets=_sockets(folder))]
    parts += [_host(node) for node in remote]
    _write_when_changed(config, "\n".join(parts))
    return config


def _host(node: NodeAccess) -> str:
    assert node.ssh
    lines = [
        f"Host {node.name}",
        f"  HostName {node.address}",
        f"  HostKeyAlias {node.name}",
        f"  Port {node.ssh.port}",
        f"  User {node.ssh.user}",
        f"  StrictHostKeyChecking {'yes' if node.ssh.host_key else 'accept-new'}",
    ]
    if node.ssh.key:
        lines += [f"  IdentityFile {_quoted(Path(node.ssh.key).expanduser().absolute())}", "  IdentitiesOnly yes"]
    return "\n".join(lines) + "\n"


def _seen_before(known_hosts: Path, nodes: Sequence[NodeAccess]) -> list[str]:
    """The keys that ssh itself learned of nodes without a pinned one."""
    unpinned = {node.name for node in nodes if node.ssh and not node.ssh.host_key}
    lines = known_hosts.read_text().splitlines() if known_hosts.exists() else []
    return [line for line in lines if line.partition(" ")[0] in unpinned]


def _sockets(folder: Path) -> Path:
    """A private folder with a short path: a socket's path has 104 characters at most, and ssh adds 58 of its own."""
    base = Path("/tmp") / f"slipway-{os.getuid()}"
    sockets = base / hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    sockets.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in (base, sockets):
        status = path.lstat()
        if path.is_symlink() or status.st_uid != os.getuid():
            raise SlipwayError(
                Text(en="the folder for SSH connections belongs to somebody else", zh="SSH 连接所用的文件夹属于他人"),
                where=str(path),
                fix=Text(en="remove it, then try again", zh="请删除该文件夹后重试"),
            )
        path.chmod(0o700)
    return sockets


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("%", "%%") + '"'


def _write_when_changed(path: Path, content: str) -> None:
    """A second process that connects meanwhile (`slipway status`) must not touch the files of the first."""
    if not path.exists() or path.read_text() != content:
        write_atomic(path, content, mode=0o600)
