"""A node behind OpenSSH, over one shared connection."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import shlex
import subprocess
from pathlib import Path

from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.models.node import NodeAccess, SshAccess
from installer.remote.base import Remote
from installer.remote.local import no_root, no_sudo

SSH_FAILED = 255
"""ssh's own exit code when the connection, not the command, failed (ssh(1), EXIT STATUS)."""


class SshRemote(Remote):
    """Runs scripts through the user's own `ssh`, with the site's configuration and nothing of the user's."""

    def __init__(self, node: NodeAccess, config: Path) -> None:
        super().__init__(node)
        assert node.ssh
        self.access: SshAccess = node.ssh
        self.config = config

    def command(self, script: str) -> list[str]:
        # The login shell may be any (fish, csh): it is asked for nothing but to start sh with one quoted word.
        root = "" if self.access.user == "root" else "sudo -n "
        return ["ssh", "-F", str(self.config), self.node.name, f"exec {root}/bin/sh -c {shlex.quote(script)}"]

    def close(self) -> None:
        subprocess.run(
            ["ssh", "-F", str(self.config), "-O", "exit", self.node.name], capture_output=True, check=False, timeout=10
        )

    def connection_error(self, returncode: int, stderr: str) -> SlipwayError | None:
        if returncode == 1 and no_sudo(stderr):
            return no_root(self.node.name, self.access.user, stderr)
        # A script may end with 255 as well; it does not write ssh's words while doing so.
        if returncode != SSH_FAILED:
            return None
        return explain(self.node, stderr) if _of_ssh(stderr) else None


_REFUSED = (
    "Permission denied (",
    "Too many authentication failures",
    "no such identity",
    "invalid format",
    "bad permissions",
)
_HOST_KEY = ("REMOTE HOST IDENTIFICATION HAS CHANGED", "Host key verification failed", "host key is known for")
_LOST = (
    "Connection timed out",
    "Connection refused",
    "No route to host",
    "Network is unreachable",
    "Could not resolve hostname",
    "Connection reset",
    "Connection closed",
    "closed by remote host",
    "Broken pipe",
    "not responding",
    "kex_exchange_identification",
    "mux_client",
    "banner exchange",
    "ssh:",
)


def _of_ssh(stderr: str) -> bool:
    return any(words in stderr for words in (*_REFUSED, *_HOST_KEY, *_LOST))


def explain(node: NodeAccess, stderr: str) -> SlipwayError:
    """The error a person reads for what `ssh` said when it could not connect, or lost the connection."""
    assert node.ssh
    lines = [line for line in stderr.strip().splitlines() if line and not line.startswith(("@", "Warning:"))]
    words = Text.same(lines[-1] if lines else stderr.strip() or "-")
    if any(mark in stderr for mark in _HOST_KEY):
        return _host_key_changed(node)
    if any(mark in stderr for mark in _REFUSED):
        return SlipwayError(
            Text(en="the node refused the key", zh="节点拒绝了密钥"),
            where=node.name,
            why=words,
            fix=Text(
                en="put the public key into ~{user}/.ssh/authorized_keys on {address}, or name the right private key (ssh.key in site.yaml; now: {key})",
                zh="请将公钥加入 {address} 上 ~{user}/.ssh/authorized_keys，或指定正确的私钥（site.yaml 的 ssh.key；当前：{key}）",
            ).format(user=node.ssh.user, address=node.address, key=node.ssh.key or "ssh-agent"),
        )
    return SlipwayError(
        Text(en="the node cannot be reached", zh="无法连接节点"),
        where=f"{node.name} ({node.address}:{node.ssh.port})",
        why=words,
        fix=Text(
            en="check that it is switched on, that sshd runs there and that nothing between blocks port {port}; then try again",
            zh="请确认该机器已开机、sshd 正在运行、中间没有防火墙拦截端口 {port}，然后重试",
        ).format(port=node.ssh.port),
    )


def _host_key_changed(node: NodeAccess) -> SlipwayError:
    assert node.ssh
    pinned = node.ssh.host_key or ""
    now = ""
    with contextlib.suppress(SlipwayError):
        now = scan_host_key(node.address, node.ssh.port)
    return SlipwayError(
        Text(en="the node's host key is not the one that was pinned", zh="节点的主机密钥与先前记录的不一致"),
        where=node.name,
        why=Text(
            en="pinned: {old}; now: {new}. Either the machine was set up anew, or another machine answers in its place.",
            zh="已记录：{old}；当前：{new}。可能该机器重装过，也可能有另一台机器冒名应答。",
        ).format(old=fingerprint(pinned), new=fingerprint(now)),
        fix=Text(
            en="ask whoever runs the machine; when the new key is right, run `slipway configure` again, which pins it",
            zh="请向该机器的管理员核实；若新密钥无误，请重新运行 `slipway configure` 以记录新密钥",
        ),
    )


def fingerprint(host_key: str) -> str:
    """`SHA256:…` of a public key line (`ssh-ed25519 AAAA…`), as ssh-keygen prints it; `-` for none."""
    fields = host_key.split()
    if len(fields) < 2:
        return "-"
    digest = hashlib.sha256(base64.b64decode(fields[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def scan_host_key(address: str, port: int = 22, *, timeout: float = 5) -> str:
    """The public host key that a machine shows (`ssh-ed25519 AAAA…`), the strongest of those it has.

    Raises:
        SlipwayError: nothing answers as an SSH server there within `timeout` seconds.
    """
    done = subprocess.run(
        ["ssh-keyscan", "-T", str(round(timeout)), "-p", str(port), "-t", "ed25519,ecdsa,rsa", address],
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout * 4,
    )
    found = dict(line.split(" ")[1:3] for line in done.stdout.splitlines() if line and not line.startswith("#"))
    for name in ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"):
        if name in found:
            return f"{name} {found[name]}"
    raise SlipwayError(
        Text(en="no SSH server answers", zh="没有 SSH 服务应答"),
        where=f"{address}:{port}",
        why=Text.same(done.stderr.strip() or "ssh-keyscan: -"),
        fix=Text(en="check the address, the port and that sshd runs there", zh="请检查地址、端口以及 sshd 是否在运行"),
    )
