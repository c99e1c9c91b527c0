"""Sections read from /proc and /sys: modules, sysctls, mounts, cgroups, processes, listeners, swap."""

from __future__ import annotations

import os
import re
import socket
import stat
import struct
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

SYSTEMD_GROUPS = re.compile(r"(system|user|machine)\.slice$|init\.scope$|.*\.(mount|swap|scope)$")
"""Control groups at the top that are systemd's own: what is in them the section `units` tells."""

_LISTEN, _UNCONNECTED = "0A", "07"


class Mount(NamedTuple):
    path: str
    type: str
    source: str
    options: str
    propagation: str
    root: str


def mountinfo() -> list[Mount]:
    """The mounts that the machine's services see, in the order in which they were made."""
    try:
        lines = _lines("/proc/1/mountinfo")
    except OSError:
        lines = _lines("/proc/self/mountinfo")
    return [_mount(line) for line in lines]


def _mount(line: str) -> Mount:
    # 36 35 98:0 /root /mount/point rw,noatime master:1 - ext3 /dev/root rw,errors=continue       (proc(5))
    words = line.split(" ")
    dash = words.index("-", 6)
    tags = [tag.split(":")[0] for tag in words[6:dash]]
    propagation = "+".join(sorted({"shared": "shared", "master": "slave", "unbindable": "unbindable"}[tag] for tag in tags if tag != "propagate_from"))  # fmt: skip
    return Mount(
        _unescape(words[4]), words[dash + 1], _unescape(words[dash + 2]), words[5], propagation or "private", words[3]
    )


def _unescape(path: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), path)


def mounts() -> dict[str, str]:
    """Path → type, source, options and propagation of what is mounted there, uppermost last."""
    found: dict[str, list[str]] = {}
    for mount in mountinfo():
        # The sources of overlays and name spaces are numbers that differ each time.
        source = mount.source if mount.type not in ("overlay", "nsfs") else "-"
        line = f"{mount.type} {source} {mount.options} {mount.propagation}"
        found.setdefault(mount.path, []).append(line)
    return {path: "; ".join(lines) for path, lines in found.items()}


def modules() -> dict[str, str]:
    try:
        return {line.split(" ")[0]: "loaded" for line in _lines("/proc/modules")}
    except FileNotFoundError:  # a kernel without modules
        return {}


def swap() -> dict[str, str]:
    rows = [line.split() for line in _lines("/proc/swaps")[1:]]
    return {row[0]: f"{row[1]} priority {row[4]}" for row in rows}


def sysctls(root: str = "/proc/sys") -> dict[str, str]:
    """Every setting of the kernel that can be read, by its name as sysctl writes it."""
    return {_sysctl_name(path[len(root) + 1 :]): value for path, value in _settings(root)}


def _settings(folder: str) -> Iterator[tuple[str, str]]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            if not entry.path.endswith("/fs/binfmt_misc"):  # a file system of its own, mounted by looking
                yield from _settings(entry.path)
            continue
        try:
            if stat.S_IMODE(entry.stat().st_mode) & 0o444:
                with open(entry.path, "rb") as file:
                    yield entry.path, file.read(8192).decode(errors="surrogateescape").strip()
        except OSError:
            continue


_SWAP_SEPARATORS = str.maketrans("./", "/.")


def _sysctl_name(path: str) -> str:
    return path.translate(_SWAP_SEPARATORS)


def sysctl_path(name: str) -> str:
    return "/proc/sys/" + name.translate(_SWAP_SEPARATORS)


def cgroup_mounts() -> list[str]:
    """Where control groups are mounted: one place with version 2, one for each hierarchy with version 1."""
    return [m.path for m in mountinfo() if m.type in ("cgroup", "cgroup2") and m.path.startswith("/sys/fs/cgroup")]


def cgroups() -> dict[str, str]:
    """Control groups at the top of any hierarchy that are not systemd's."""
    found = set()
    for place in cgroup_mounts():
        for entry in _folders(place):
            if not SYSTEMD_GROUPS.match(entry.name):
                found.add(f"/{entry.name}")
    return dict.fromkeys(sorted(found), "present")


def _folders(path: str) -> list[os.DirEntry[str]]:
    try:
        return [entry for entry in os.scandir(path) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


class Process(NamedTuple):
    pid: int
    name: str
    groups: list[str]

    @property
    def group(self) -> str:
        """The most telling of its groups: with version 1 it is at the top of some hierarchies."""
        return max(self.groups, key=len)


def running() -> Iterator[Process]:
    """All processes but kernel threads, dead ones, this one and those that it serves (the login it came by)."""
    ours = set(_line_of_ancestors())
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in ours:
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                if not file.read(1):
                    continue
            comm = _lines(f"/proc/{name}/comm")[0]
            groups = [line.split(":", 2)[2] for line in _lines(f"/proc/{name}/cgroup")]
        except (OSError, IndexError):  # ended in the meantime
            continue
        yield Process(int(name), comm, groups or ["/"])


def _line_of_ancestors() -> Iterator[int]:
    pid = os.getpid()
    while pid > 0:
        yield pid
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                pid = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            return


def processes() -> dict[str, str]:
    """Control group → names of the processes in it; of a service only that it runs."""
    names: dict[str, set[str]] = {}
    for process in running():
        names.setdefault(process.group, set()).add(process.name)
    return {
        group: "running" if group.startswith("/system.slice/") else ", ".join(sorted(found))
        for group, found in sorted(names.items())
    }


def listeners() -> dict[str, str]:
    """`tcp 0.0.0.0:22` for each socket that waits for others; without UDP ports from the range for clients."""
    try:
        low, high = (int(word) for word in _lines("/proc/sys/net/ipv4/ip_local_port_range")[0].split())
    except (OSError, ValueError, IndexError):
        low, high = 32768, 60999
    found: Counter[str] = Counter()
    for protocol, state in (("tcp", _LISTEN), ("tcp6", _LISTEN), ("udp", _UNCONNECTED), ("udp6", _UNCONNECTED)):
        try:
            rows = [line.split() for line in _lines(f"/proc/net/{protocol}")[1:]]
        except OSError:  # IPv6 is switched off
            continue
        for row in rows:
            address, port = _endpoint(row[1])
            if row[3] == state and not (protocol.startswith("udp") and low <= port <= high):
                found[f"{protocol.rstrip('6')} {address}:{port}"] += 1
    return dict.fromkeys(sorted(found), "listening")


def _endpoint(text: str) -> tuple[str, int]:
    """An address as the kernel prints it: 32-bit words of its bytes, in the order of the machine."""
    packed, port = text.split(":")
    raw = b"".join(struct.pack("=I", int(packed[i : i + 8], 16)) for i in range(0, len(packed), 8))
    if len(raw) == 4:
        return socket.inet_ntop(socket.AF_INET, raw), int(port, 16)
    return f"[{socket.inet_ntop(socket.AF_INET6, raw)}]", int(port, 16)


def _lines(path: str) -> list[str]:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read().splitlines()
