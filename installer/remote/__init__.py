"""Reaching a node: OpenSSH or the local machine, and Ansible over the same connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from installer.common.errors import SlipwayError
from installer.models.node import NodeAccess
from installer.remote.base import Completed, Remote
from installer.remote.local import LocalRemote
from installer.remote.ssh import SshRemote
from installer.remote.ssh_config import write_config

__all__ = ["Completed", "LocalRemote", "Remote", "SshRemote", "connect", "disconnect", "reach"]


def connect(nodes: Sequence[NodeAccess], run_dir: Path) -> dict[str, Remote]:
    """A remote for each node, by name; writes `run_dir/ssh/config`. No node is contacted before its first `run`."""
    config = write_config(nodes, run_dir)
    return {node.name: SshRemote(node, config) if node.ssh else LocalRemote(node) for node in nodes}


def reach(remotes: Iterable[Remote]) -> dict[str, SlipwayError]:
    """Contact all nodes at once; returns the error of each that cannot be worked on as root."""

    def attempt(remote: Remote) -> SlipwayError | None:
        try:
            remote.run("true", timeout=30)
        except SlipwayError as error:
            return error
        return None

    every = list(remotes)
    with ThreadPoolExecutor(max_workers=max(1, len(every))) as pool:
        answers = list(pool.map(attempt, every))
    return {remote.node.name: error for remote, error in zip(every, answers, strict=True) if error}


def disconnect(remotes: Iterable[Remote]) -> None:
    """Close the shared connections; without it they close themselves after a minute without use."""
    for remote in remotes:
        remote.close()
