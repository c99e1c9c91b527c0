"""Reading the machine the installer runs on: the same report, with psutil where it knows better than text."""

from __future__ import annotations

import os
import socket
import subprocess
from typing import Any, Literal

import psutil

from installer.models.facts import Listener


def run(script: str, limit: float) -> str:
    """What a report printed on this machine; nothing when it takes longer than `limit` seconds."""
    try:
        done = subprocess.run(
            ["/bin/sh", "-s"],
            input=script.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode(errors="replace")


def is_root() -> bool:
    return os.geteuid() == 0


def facts() -> dict[str, Any]:
    """The facts that psutil reads, to put over those of the report."""
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    return {
        "cpus": psutil.cpu_count() or 0,
        "memory_total": memory.total,
        "memory_available": memory.available,
        "swap_total": swap.total,
        "listeners": _listeners(),
    }


def _listeners() -> list[Listener]:
    names: dict[int, str] = {}
    result: set[tuple[Literal["tcp", "udp"], str, int, str]] = set()
    for connection in psutil.net_connections("inet"):
        udp = connection.type == socket.SOCK_DGRAM
        if not connection.laddr or connection.raddr or (not udp and connection.status != psutil.CONN_LISTEN):
            continue
        pid = connection.pid
        if pid and pid not in names:
            try:
                names[pid] = psutil.Process(pid).name()
            except psutil.NoSuchProcess:
                names[pid] = ""
        process = names.get(pid or 0, "")
        result.add(("udp" if udp else "tcp", connection.laddr.ip, connection.laddr.port, process))
    return [Listener(protocol=p, address=a, port=n, process=w) for p, a, n, w in sorted(result)]
