"""Faults on demand, each with its way back: power, network, disk."""

from __future__ import annotations

import json
import subprocess

from appliance.lab import lab
from appliance.lab.models import Node
from appliance.lab.podman import podman
from installer.common.errors import InvalidInput
from installer.common.text import Text

BALLAST = ".lab-ballast"
"""The file that fills a disk."""


def power_cut(node: Node) -> None:
    """The machine is off from one moment to the next; what was synced to its disks stays, tmpfs is lost."""
    podman("kill", "--signal", "KILL", node.container)
    podman("wait", node.container)


def boot(node: Node) -> None:
    """Switch the machine on; returns when it answers on SSH.

    Raises:
        SlipwayError: it did not come up in `lab.BOOT_SECONDS`.
    """
    lab.boot([node])


def cut_network(node: Node) -> None:
    """Pull the machine's cable: its interface loses the carrier, its addresses and routes stay."""
    subprocess.run(["ip", "link", "set", _cable(node), "down"], check=True)


def restore_network(node: Node) -> None:
    """Put the cable back; returns when the machine answers on SSH."""
    subprocess.run(["ip", "link", "set", _cable(node), "up"], check=True)
    lab.wait_for_ssh(node)


def small_disk(node: Node, path: str, size: int) -> None:
    """Lay an empty file system of `size` bytes over the folder `path`; it lives in memory, until `large_disk` or a power cut."""
    podman("exec", node.container, "mkdir", "-p", path)
    podman("exec", node.container, "mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "lab-small-disk", path)


def large_disk(node: Node, path: str) -> None:
    """Take the small file system away again, with what is in it."""
    podman("exec", node.container, "umount", path)


def fill_disk(node: Node, path: str, leave: int) -> None:
    """Fill the small file system at `path` until `leave` bytes are free.

    Raises:
        InvalidInput: no `small_disk` is there; the disk of this machine is never filled.
    """
    source, free = podman("exec", node.container, "df", "--block-size=1", "--output=source,avail", path).split()[-2:]
    if source != "lab-small-disk":
        raise InvalidInput(
            Text(en="{path} is not on a small disk of the lab", zh="{path} 不在实验机的小磁盘上").format(path=path),
            where=node.name,
            fix=Text(en="call small_disk first", zh="请先调用 small_disk"),
        )
    if int(free) > leave:
        podman("exec", node.container, "fallocate", "--length", str(int(free) - leave), f"{path}/{BALLAST}")


def free_disk(node: Node, path: str) -> None:
    """Take the filling out again."""
    podman("exec", node.container, "rm", "-f", f"{path}/{BALLAST}")


def _cable(node: Node) -> str:
    """This machine's end of the node's cable."""
    pid = podman("inspect", "--format", "{{.State.Pid}}", node.container)
    inside = ["nsenter", "--target", pid, "--net", "ip", "-j", "link", "show", "eth0"]
    peer = json.loads(subprocess.run(inside, capture_output=True, check=True).stdout)[0]["link_index"]
    here = json.loads(subprocess.run(["ip", "-j", "link"], capture_output=True, check=True).stdout)
    return str(next(link["ifname"] for link in here if link["ifindex"] == peer))
