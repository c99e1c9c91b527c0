"""Machines as facts: one that is good in every respect, to be changed in one by a test."""

from __future__ import annotations

import re
from typing import Any

from installer.checks.families.base import COMMANDS
from installer.checks.families.cpu import X86_64_V2
from installer.checks.families.kernel import NEEDED
from installer.models.facts import Facts, Folder, Interface, Mount, NodeFacts, Route, Seen
from installer.models.node import NodeAccess, SshAccess
from installer.probe.request import REPORT

GIB = 1024**3
ROOT = Mount(path="/", device="/dev/sda1", type="ext4", options=["rw"], total=200 * GIB, free=150 * GIB)
FOLDERS = ("/var/lib/containerd", "/var/lib/kubelet", "/var/lib/etcd", "/var/lib/slipway/volumes", "/usr/local/bin")


def machine(number: int = 1, **changed: Any) -> NodeFacts:
    """Node `n<number>` at 10.1.1.<number>, with `changed` fields."""
    address = f"10.1.1.{number}"
    known: dict[str, Any] = {
        "node": NodeAccess(name=f"n{number}", address=address, ssh=SshAccess()),
        "hostname": f"n{number}",
        "machine_id": f"{number:032x}",
        "product_uuid": f"0000-{number}",
        "host_key": f"ssh-ed25519 AAAA{number:04d}",
        "os_id": "debian",
        "os_version": "12",
        "os_name": "Debian GNU/Linux 12 (bookworm)",
        "architecture": "x86_64",
        "kernel": "6.1.0-28-amd64",
        "virtualization": "kvm",
        "python": "3.11.2",
        "init": "systemd",
        "systemd": "252",
        "cgroup_version": 2,
        "cgroup_controllers": ["cpu", "cpuset", "io", "memory", "pids"],
        "kernel_features": dict.fromkeys(NEEDED, True),
        "cpus": 8,
        "cpu_flags": list(X86_64_V2),
        "memory_total": 32 * GIB,
        "memory_available": 30 * GIB,
        "mounts": [ROOT],
        "folders": {path: Folder(real="/var/lib" if path.startswith("/var") else path, mount=ROOT) for path in FOLDERS},
        "interfaces": [
            Interface(name="lo", mac="00:00:00:00:00:00", mtu=65536, addresses=["127.0.0.1/8"]),
            Interface(name="eth0", mac=f"52:54:00:00:00:{number:02x}", state="UP", addresses=[f"{address}/24"]),
        ],
        "routes": [
            Route(destination="default", device="eth0", gateway="10.1.1.254"),
            Route(destination="10.1.1.0/24", device="eth0"),
        ],
        "nameservers": ["10.1.1.253"],
        "etc_hosts": {"127.0.0.1": ["localhost"], "127.0.1.1": [f"n{number}"]},
        "clock_synchronised": True,
        "rtc_local": False,
        "commands": dict.fromkeys(COMMANDS, True),
        "sysctls": {"fs.inotify.max_user_instances": "8192"},
        "seen": {name: Seen(command=f"see {name}", output=name) for name in SECTIONS},
    }
    return NodeFacts.model_validate(known | changed)


SECTIONS = re.findall(r"^see (\w+) ", REPORT.read_text(), re.MULTILINE) + [f"path:{path}" for path in FOLDERS]


def site(*nodes: NodeFacts, **changed: Any) -> Facts:
    """These nodes, each of which reaches every other in a millisecond."""
    names = [n.node.name for n in nodes]
    reach = {a: {b: 0.001 for b in names if b != a} for a in names}
    known: dict[str, Any] = {"taken_at": "2026-11-24T03:00:00+00:00", "nodes": nodes, "reachability": reach}
    return Facts.model_validate(known | changed)
