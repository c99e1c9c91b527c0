"""The machine the installer runs on."""

from __future__ import annotations

import os

from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.remote.base import Remote


class LocalRemote(Remote):
    """Runs scripts here; as root through `sudo -n` when the installer itself is not root."""

    def command(self, script: str) -> list[str]:
        return [*([] if os.geteuid() == 0 else ["sudo", "-n"]), "/bin/sh", "-c", script]

    def connection_error(self, returncode: int, stderr: str) -> SlipwayError | None:
        if returncode == 1 and no_sudo(stderr):
            return no_root(self.node.name, os.environ.get("USER", "?"), stderr)
        return None


def no_sudo(stderr: str) -> bool:
    """Whether sudo itself refused, rather than what it was to run."""
    return any(line.startswith("sudo:") for line in stderr.splitlines())


def no_root(node: str, user: str, words: str) -> SlipwayError:
    """`user` is not root on `node` and may not become it without a password."""
    return SlipwayError(
        Text(en="no root rights on the node", zh="在节点上没有 root 权限"),
        where=node,
        why=Text.same(words.strip()),
        fix=Text(
            en="reach the node as root, or let {user} use sudo without a password (a line in /etc/sudoers.d: {user} ALL=(ALL) NOPASSWD: ALL)",
            zh="请以 root 登录该节点，或允许 {user} 免密使用 sudo（在 /etc/sudoers.d 中写入：{user} ALL=(ALL) NOPASSWD: ALL）",
        ).format(user=user),
    )
