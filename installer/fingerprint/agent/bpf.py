"""The section bpf: pins, and the programs on this node's control groups, network name space and links.

bpftool is missing on most machines, so the kernel is asked directly (bpf(2)). It lists the programs of the whole machine;
what counts is only what hangs on something of this node.
"""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import struct
from collections.abc import Iterator

from .kernel import mountinfo
from .shell import Unavailable

PINS = "/sys/fs/bpf"

_SYSCALL = {"x86_64": 321, "aarch64": 280}
_PROG_DETACH, _PROG_GET_FD_BY_ID, _OBJ_GET_INFO_BY_FD, _PROG_QUERY = 9, 13, 15, 16  # linux/bpf.h, enum bpf_cmd
_ATTR_SIZE = 144
"""At least the size of union bpf_attr; the rest is zero, which every kernel accepts."""
_NAME = slice(64, 80)
"""Where struct bpf_prog_info has the program's name."""

# linux/bpf.h, enum bpf_attach_type
CGROUP_TYPES = {
    0: "ingress", 1: "egress", 2: "sock_create", 3: "sock_ops", 6: "device", 8: "bind4", 9: "bind6", 10: "connect4",
    11: "connect6", 12: "post_bind4", 13: "post_bind6", 14: "sendmsg4", 15: "sendmsg6", 18: "sysctl", 19: "recvmsg4",
    20: "recvmsg6", 21: "getsockopt", 22: "setsockopt", 29: "getpeername4", 30: "getpeername6", 31: "getsockname4",
    32: "getsockname6", 34: "sock_release",
}  # fmt: skip
NAMESPACE_TYPES = {17: "flow_dissector", 36: "sk_lookup"}
LINK_TYPES = {46: "tcx_ingress", 47: "tcx_egress"}

_libc = ctypes.CDLL(None, use_errno=True)


def bpf() -> dict[str, str]:
    found = dict.fromkeys(pins(), "pinned")
    for key, _, _ in programs():
        found[key] = str(int(found.get(key, "0")) + 1)
    return found


def pins() -> list[str]:
    """`pin PATH` of everything in the bpf file system, folders too."""
    if not any(mount.type == "bpf" and mount.path == PINS for mount in mountinfo()):
        return []
    found = []
    for folder, folders, files in os.walk(PINS):
        found += [f"pin {os.path.join(folder, name)}" for name in sorted([*folders, *files])]
    return found


def programs() -> Iterator[tuple[str, int, int]]:
    """Key, attach type and id of each program that hangs on this node."""
    if platform.machine() not in _SYSCALL:
        raise Unavailable(f"bpf(2) on {platform.machine()}")
    for kind, ident in _on_file(cgroup_root(), CGROUP_TYPES):
        yield f"cgroup {CGROUP_TYPES[kind]} {_name(ident)}", kind, ident
    for kind, ident in _on_file("/proc/self/ns/net", NAMESPACE_TYPES):
        yield f"netns {NAMESPACE_TYPES[kind]} {_name(ident)}", kind, ident
    for index, link in socket.if_nameindex():
        for kind, place in LINK_TYPES.items():
            for ident in _query(index, kind):
                yield f"link {link} {place} {_name(ident)}", kind, ident


def detach(key: str, kind: int, ident: int) -> None:
    """Take a program off what it hangs on.

    Raises:
        OSError: the kernel refuses; for example it hangs there by a link, which goes with its pin or its process.
    """
    place, name = key.split(" ")[:2]
    program = _call(_PROG_GET_FD_BY_ID, struct.pack("=III", ident, 0, 0))
    try:
        if place == "link":
            _call(_PROG_DETACH, struct.pack("=III", socket.if_nametoindex(name), program, kind))
            return
        target = os.open(cgroup_root() if place == "cgroup" else "/proc/self/ns/net", os.O_RDONLY)
        try:
            _call(_PROG_DETACH, struct.pack("=III", target, program, kind))
        finally:
            os.close(target)
    finally:
        os.close(program)


def cgroup_root() -> str:
    """The root of the version 2 hierarchy, the only one that takes programs; empty without one."""
    return next((m.path for m in mountinfo() if m.type == "cgroup2" and m.path.startswith("/sys/fs/cgroup")), "")


def _on_file(path: str, kinds: dict[int, str]) -> Iterator[tuple[int, int]]:
    if not path:
        return
    fd = os.open(path, os.O_RDONLY)
    try:
        for kind in kinds:
            for ident in _query(fd, kind):
                yield kind, ident
    finally:
        os.close(fd)


def _query(target: int, kind: int) -> list[int]:
    """Ids of the programs of one kind on a target: a file descriptor or the number of a link."""
    ids = (ctypes.c_uint32 * 64)()
    attributes = struct.pack("=IIIIQI", target, kind, 0, 0, ctypes.addressof(ids), len(ids))
    buffer = ctypes.create_string_buffer(attributes, _ATTR_SIZE)
    if _libc.syscall(_SYSCALL[platform.machine()], _PROG_QUERY, buffer, _ATTR_SIZE) < 0:
        return []  # a kind that this kernel does not know
    count = struct.unpack_from("=I", buffer.raw, 24)[0]
    return list(ids[:count])


def _name(ident: int) -> str:
    info = ctypes.create_string_buffer(256)
    try:
        program = _call(_PROG_GET_FD_BY_ID, struct.pack("=III", ident, 0, 0))
    except OSError:
        return "?"
    try:
        _call(_OBJ_GET_INFO_BY_FD, struct.pack("=IIQ", program, len(info), ctypes.addressof(info)))
    except OSError:
        return "?"
    finally:
        os.close(program)
    return info.raw[_NAME].split(b"\0")[0].decode(errors="replace") or "?"


def _call(command: int, attributes: bytes) -> int:
    buffer = ctypes.create_string_buffer(attributes, _ATTR_SIZE)
    result: int = _libc.syscall(_SYSCALL[platform.machine()], command, buffer, _ATTR_SIZE)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
