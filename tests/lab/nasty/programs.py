"""BPF programs in every place: on the control group's root and on eth0, pinned by link, pinned alone, and bare."""

import ctypes
import os
import socket
import struct
import subprocess
from pathlib import Path

LOAD, PIN, ATTACH, LINK_CREATE = 5, 6, 8, 28  # enum bpf_cmd
SCHED_CLS, CGROUP_SKB = 3, 8  # enum bpf_prog_type
EGRESS, TCX_INGRESS = 1, 46  # enum bpf_attach_type
RETURN_1 = struct.pack("=BBhiBBhi", 0xB7, 0, 0, 1, 0x95, 0, 0, 0)  # r0 = 1; exit
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command: int, *attributes: bytes) -> int:
    buffer = ctypes.create_string_buffer(b"".join(attributes), 144)
    result: int = libc.syscall(321, command, buffer, 144)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def load(kind: int, name: bytes) -> int:
    code, licence = ctypes.create_string_buffer(RETURN_1), ctypes.create_string_buffer(b"GPL")
    attributes = struct.pack("=IIQQIIQII", kind, 2, ctypes.addressof(code), ctypes.addressof(licence), 0, 0, 0, 0, 0)
    return bpf(LOAD, attributes, name.ljust(16, b"\0"))


def pin(fd: int, path: str) -> None:
    text = ctypes.create_string_buffer(path.encode())
    bpf(PIN, struct.pack("=QI", ctypes.addressof(text), fd))


if not Path("/sys/fs/bpf").is_mount():
    subprocess.run(["mount", "-t", "bpf", "bpf", "/sys/fs/bpf"], check=True)
Path("/sys/fs/bpf/cilium/links").mkdir(parents=True)
mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
root = next(path for _, path, kind, *_ in mounts if kind == "cgroup2" and path.startswith("/sys/fs/cgroup"))
group, eth0 = os.open(root, os.O_RDONLY), socket.if_nametoindex("eth0")
by_link, bare, alone = load(CGROUP_SKB, b"by_link"), load(CGROUP_SKB, b"bare"), load(CGROUP_SKB, b"alone")
pin(bpf(LINK_CREATE, struct.pack("=IIII", by_link, group, EGRESS, 0)), "/sys/fs/bpf/cilium/links/cgroup")
bpf(ATTACH, struct.pack("=IIII", group, bare, EGRESS, 2))  # BPF_F_ALLOW_MULTI
pin(alone, "/sys/fs/bpf/cilium/alone")
ingress, bare_ingress = load(SCHED_CLS, b"tcx_by_link"), load(SCHED_CLS, b"tcx_bare")
pin(bpf(LINK_CREATE, struct.pack("=IIII", ingress, eth0, TCX_INGRESS, 0)), "/sys/fs/bpf/cilium/links/eth0")
bpf(ATTACH, struct.pack("=IIII", eth0, bare_ingress, TCX_INGRESS, 0))
