"""Choosing where persistent volumes live."""

from __future__ import annotations

from collections.abc import Sequence

from installer.models.facts import NodeFacts

DEFAULT = "/var/lib/slipway/volumes"
KINDS = frozenset({"ext4", "xfs", "btrfs"})
# Mounted there for a purpose of its own.
RESERVED = ("/boot", "/etc", "/home", "/root", "/snap", "/tmp", "/usr", "/var/lib", "/var/log", "/var/tmp")


def choose(nodes: Sequence[NodeFacts]) -> tuple[str, int]:
    """A folder on the file system with the most room that every node has, and how many bytes are free on the fullest node.

    The default folder wins unless a disk of its own offers more on all nodes.
    """
    default = min((f.mount.free for n in nodes if (f := n.folders.get(DEFAULT))), default=0)
    rooms = {point: min(sizes) for point in _common(nodes) if (sizes := [_free(n, point) for n in nodes])}
    best = max(rooms, key=lambda point: rooms[point], default=None)
    if best and rooms[best] > default:
        return f"{best}/slipway/volumes", rooms[best]
    return DEFAULT, default


def _common(nodes: Sequence[NodeFacts]) -> set[str]:
    """Mount points that every node has, on a disk, writable, not reserved, beside the root."""
    return set.intersection(
        *(
            {
                m.path
                for m in node.mounts
                if m.type in KINDS and "rw" in m.options and m.path != "/" and not m.path.startswith(RESERVED)
            }
            for node in nodes
        )
    )


def _free(node: NodeFacts, point: str) -> int:
    return next(m.free for m in node.mounts if m.path == point)
