"""Tries to get out: run inside an operator's container, and for comparison in a pod that nothing restricts.

Standard library only. `attack.py` in a task reads its targets from task.json's parameters and writes a table, an attempt a row; `attack.py TARGETS`
(JSON) prints the table. An attempt that succeeded says `reached`, one that was refused says by what.
"""

from __future__ import annotations

import contextlib
import csv
import ctypes
import json
import os
import socket
import ssl
import stat
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

REACHED = "reached"
SECONDS = 2.0
"""Longer than any answer inside of one cluster takes: a packet that is dropped gets none."""
THREADS = 10_000
"""More than any limit of processes that a kubelet is given; each takes some 30 KiB."""
MOUNT_BIND, NEW_USER, NEW_NS, PTRACE_ATTACH = 0x1000, 0x1000_0000, 0x0002_0000, 16
SYSCALLS = {
    "bpf": 321,
    "keyctl": 250,
    "init_module": 175,
    "kexec_load": 246,
    "perf_event_open": 298,
    "userfaultfd": 323,
}
"""Numbers for x86-64 (arch/x86/entry/syscalls/syscall_64.tbl)."""


def attempt(action: Callable[[], Any]) -> str:
    try:
        action()
    except (OSError, RuntimeError, ValueError) as error:
        return str(error) or type(error).__name__
    return REACHED


def connect(host: str, port: int) -> None:
    socket.create_connection((host, port), SECONDS).close()


def network(targets: Any) -> Iterator[tuple[str, str]]:
    for name, (host, port) in targets["connect"].items():
        yield f"connect {name}", attempt(lambda host=host, port=port: connect(host, port))


def requests(targets: Any) -> Iterator[tuple[str, str]]:
    """The API with the token that the runner has: what is not its own."""
    token = Path("/run/slipway/token").read_text().strip()
    context = ssl.create_default_context(cafile="/run/slipway-ca/ca.crt")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))

    def ask(method: str, path: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        request = urllib.request.Request(targets["api"] + path, method=method, headers=headers)
        try:
            opener.open(request, timeout=10).close()
        except urllib.error.HTTPError as error:
            raise OSError(f"{error.code}") from error

    for method, path in targets["requests"]:
        yield f"request {method} {path}", attempt(lambda method=method, path=path: ask(method, path))


def files() -> Iterator[tuple[str, str]]:
    def write(path: str) -> None:
        Path(path).write_text("x")

    def read(path: str) -> None:
        with Path(path).open("rb") as file:
            if not file.read(1):
                raise OSError("empty")

    for path in (
        "/x",
        "/etc/x",
        "/app/x",
        "/run/slipway/token",
        "/opt/slipway-runtime/runner.py",
        "/proc/sys/kernel/hostname",
    ):
        yield f"write {path}", attempt(lambda path=path: write(path))
    for path in (
        "/var/run/secrets/kubernetes.io/serviceaccount/token",
        "/run/containerd/containerd.sock",
        "/var/run/docker.sock",
        "/var/lib/kubelet/config.yaml",
        "/etc/kubernetes/admin.conf",
        "/proc/kcore",
        "/proc/1/root/etc/kubernetes/admin.conf",
        "/dev/mem",
        "/dev/kmsg",
        "/sys/kernel/security/lockdown",
    ):
        yield f"read {path}", attempt(lambda path=path: read(path))
    yield "make a device", attempt(lambda: os.mknod("/tmp/device", stat.S_IFBLK | 0o600, os.makedev(8, 0)))


def kernel() -> Iterator[tuple[str, str]]:
    libc = ctypes.CDLL(None, use_errno=True)

    def call(function: Callable[..., int], *arguments: Any) -> None:
        if function(*arguments) == -1:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    yield "become root", attempt(lambda: os.setuid(0))
    yield "mount", attempt(lambda: call(libc.mount, b"/tmp", b"/task", None, MOUNT_BIND, None))
    yield "new user namespace", attempt(lambda: call(libc.unshare, NEW_USER))
    yield "new mount namespace", attempt(lambda: call(libc.unshare, NEW_NS))
    yield "change root", attempt(lambda: os.chroot("/tmp"))
    yield "change the host's name", attempt(lambda: call(libc.sethostname, b"x", 1))
    for name, number in SYSCALLS.items():
        yield f"system call {name}", attempt(lambda number=number: call(libc.syscall, number, 0, 0, 0, 0, 0))
    status = Path("/proc/self/status").read_text()
    for field, wanted in (("NoNewPrivs", "1"), ("Seccomp", "2"), ("CapEff", "0" * 16), ("CapBnd", "0" * 16)):
        found = next(line.split()[1] for line in status.splitlines() if line.startswith(f"{field}:"))
        yield f"status {field}", REACHED if found != wanted else f"is {found}"


def processes() -> Iterator[tuple[str, str]]:
    """As many threads as there may be; each is a process to the kernel."""
    threading.stack_size(64 * 1024)
    end, made = threading.Event(), []

    def many() -> None:
        for _ in range(THREADS):
            thread = threading.Thread(target=end.wait, daemon=True)
            thread.start()
            made.append(thread)

    outcome = attempt(many)
    end.set()
    yield f"{THREADS} processes", outcome if outcome == REACHED else f"{outcome} after {len(made) // 1000} thousand"


def rows(targets: Any) -> Iterator[tuple[str, str]]:
    yield from network(targets)
    if targets.get("inside"):
        yield from requests(targets)
        yield from files()
        yield from kernel()
        yield from processes()


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(list(rows(json.loads(sys.argv[1])))))
        return
    task = json.loads(Path(os.environ["MLP_TASK"], "task.json").read_text())
    if size := task["params"].get("eat"):
        with contextlib.suppress(MemoryError):
            print(len(bytearray(size << 20)), flush=True)
    with Path(task["outputs"]["table"], "attempts.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["attempt", "outcome"])
        for row in rows(task["params"]["targets"]):
            print(*row, sep=": ", flush=True)
            table.writerow(row)


if __name__ == "__main__":
    main()
