"""The text of a node's report (report.sh) -> facts. Pure functions, tested with recorded reports.

A section that is missing or unreadable leaves its facts at their defaults: a probe says what it saw, and the checks say
what that means.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import Any, Literal

from installer.models.facts import Folder, Interface, Listener, Mount, NodeFacts, Problem, Route, Seen
from installer.models.node import NodeAccess

EVIDENCE_LINES = 6
# A node's words end up on terminals: nothing of it may move a cursor or set a title.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
SECTION = re.compile(r"^@@([^\n]+)\n(.*?)\n@@=\n(.*?)(?=\n@@|\Z)", re.MULTILINE | re.DOTALL)
# Kernel options that stand for a module when it is built in, and those that are no module at all.
OPTIONS = {
    "overlay": "OVERLAY_FS",
    "vxlan": "VXLAN",
    "br_netfilter": "BRIDGE_NETFILTER",
    "nf_conntrack": "NF_CONNTRACK",
    "veth": "VETH",
    "cls_bpf": "NET_CLS_BPF",
    "sch_ingress": "NET_SCH_INGRESS",
    "ip_tables": "IP_NF_IPTABLES",
    "iptable_nat": "IP_NF_NAT",
    "bpf_syscall": "BPF_SYSCALL",
    "bpf_jit": "BPF_JIT",
    "cgroup_bpf": "CGROUP_BPF",
}
# No place for files of ours, whatever is mounted there.
SYSTEM_FOLDERS = ("/dev", "/proc", "/run", "/sys")


def node_facts(node: NodeAccess, report: str) -> NodeFacts:
    """A report's text as facts; a report that broke off is a `failed` node, one without python3 a `no-python` one."""
    try:
        found = sections(report)
    except ValueError as error:
        return NodeFacts(node=node, problem="failed", detail=str(error))
    fields = facts(found)
    problem: Problem = "" if fields["python"] else "no-python"
    return NodeFacts(node=node, problem=problem, seen=evidence(found), **fields)


def sections(report: str) -> dict[str, Seen]:
    """Split a report into its sections; raises ValueError when it broke off before its end."""
    clean = CONTROL.sub("", report) + "\n"
    found = {m[1]: Seen(command=m[2], output=m[3].strip("\n")) for m in SECTION.finditer(clean)}
    if "end" not in found:
        raise ValueError("the report broke off or took too long")
    del found["end"]
    return found


def evidence(found: dict[str, Seen]) -> dict[str, Seen]:
    """The sections as evidence, each shortened to a few lines."""
    return {name: Seen(command=s.command, output=shorten(s.output)) for name, s in found.items()}


def shorten(output: str) -> str:
    lines = [line if len(line) <= 400 else line[:400] + "…" for line in output.splitlines()]
    return "\n".join(lines if len(lines) <= EVIDENCE_LINES else [*lines[:EVIDENCE_LINES], "…"])


def facts(found: dict[str, Seen]) -> dict[str, Any]:
    """The fields of `NodeFacts` that a report tells."""
    text = {name: seen.output for name, seen in found.items()}

    def words(name: str) -> list[str]:
        return text.get(name, "").split()

    def first(name: str) -> str:
        return next(iter(text.get(name, "").splitlines()), "").strip()

    release = _assignments(text.get("os", ""))
    kernel = words("kernel")
    memory = _memory(text.get("memory", ""))
    mounts = _mounts(text.get("mounts", ""), text.get("df", ""))
    timedate = _assignments(text.get("timedate", ""))
    cpus, flags = _cpus(text.get("cpuinfo", ""))
    version, controllers = _cgroup(text.get("cgroup", ""))
    nameservers, search = _resolv(text.get("resolv", ""))
    return {
        "hostname": first("hostname"),
        "machine_id": first("machine_id"),
        "product_uuid": first("product_uuid").lower(),
        "os_id": release.get("ID", ""),
        "os_version": release.get("VERSION_ID", ""),
        "os_name": release.get("PRETTY_NAME", ""),
        "kernel": kernel[0] if kernel else "",
        "architecture": kernel[1] if len(kernel) > 1 else "",
        "virtualization": first("virtualization"),
        "python": next(iter(words("python")), ""),
        "python_missing": words("python")[1:],
        "init": first("init"),
        "systemd": next(iter(words("systemd")[1:2]), ""),
        "cgroup_version": version,
        "cgroup_controllers": controllers,
        "kernel_features": _kernel_features(text.get("modules", ""), text.get("kconfig", "")),
        "cpus": cpus,
        "cpu_flags": flags,
        "memory_total": memory.get("MemTotal", 0),
        "memory_available": memory.get("MemAvailable", 0),
        "swap_total": memory.get("SwapTotal", 0),
        "mounts": list(mounts.values()),
        "folders": _folders(text, mounts),
        "interfaces": _interfaces(text.get("addresses", "")),
        "routes": _routes(text.get("routes", "")),
        "listeners": _listeners(text.get("listeners", "")),
        "nameservers": nameservers,
        "search_domains": search,
        "etc_hosts": _hosts(text.get("hosts", "")),
        "proxies": _proxies(text.get("proxies", "")),
        "firewall": words("firewall"),
        "clock_synchronised": _yes(timedate.get("NTPSynchronized")),
        "rtc_local": _yes(timedate.get("LocalRTC")),
        "commands": {name: there == "yes" for name, there in _pairs(text.get("commands", ""))},
        "runtimes": text.get("runtimes", "").split("\n") if text.get("runtimes") else [],
        "sysctls": _assignments(text.get("sysctls", "")),
        "selinux": {"1": "enforcing", "0": "permissive"}.get(first("selinux"), ""),
        "dns": {"2": "answers", "124": "silent", "0": "wildcard"}.get(text.get("dns", "").rpartition("\n")[2], ""),
        "ssh_use_dns": _yes(next(iter(words("sshd")[1:2]), None)),
        "gpus": [line.strip() for line in text.get("gpus", "").splitlines() if line.strip()],
        "nouveau": first("nouveau") == "nouveau",
    }


def _assignments(text: str) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {key.strip(): value.strip().strip('"') for key, value in pairs}


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(first, second) for first, _, second in (line.partition(" ") for line in text.splitlines())]


def _yes(word: str | None) -> bool | None:
    return {"yes": True, "no": False}.get((word or "").lower())


def _memory(text: str) -> dict[str, int]:
    """/proc/meminfo in bytes; its kB are KiB."""
    return {m[1]: int(m[2]) * 1024 for m in re.finditer(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)}


def _cpus(text: str) -> tuple[int, list[str]]:
    lines = text.splitlines()
    count = int(lines[0]) if lines and lines[0].isdigit() else 0
    flags = next((line.partition(":")[2].split() for line in lines[1:] if ":" in line), [])
    return count, flags


def _cgroup(text: str) -> tuple[Literal[0, 1, 2], list[str]]:
    """First the type of /sys/fs/cgroup, then cgroup.controllers (v2) or /proc/cgroups (v1)."""
    kind, _, rest = text.partition("\n")
    if kind == "cgroup2fs":
        return 2, sorted(rest.split())
    table = [line.split() for line in rest.splitlines() if line and not line.startswith("#")]
    return (1 if table else 0), sorted(row[0] for row in table if len(row) == 4 and row[3] == "1")


def _kernel_features(modules: str, options: str) -> dict[str, bool]:
    """A feature is there when its module is loaded or loadable, or its option is built in."""
    states = dict(_pairs(modules))
    built_in = {m[1] for m in re.finditer(r"^CONFIG_(\w+)=y$", options, re.MULTILINE)}
    if not options:  # no readable kernel configuration: what is not a module cannot be known, so nothing is said
        return {name: state != "absent" for name, state in states.items()}
    return {n: states.get(n, "absent") != "absent" or option in built_in for n, option in OPTIONS.items()}


def _mounts(mounts: str, df: str) -> dict[str, Mount]:
    """By mount point; of mounts over one another the last one counts, as for the kernel. df leaves out further mounts of
    a device that it has told already."""
    sizes = _sizes(df)
    by_device = {device: size for device, size in _rows(df, by_device=True) if device.startswith("/dev/")}
    result: dict[str, Mount] = {}
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 4 or fields[1].startswith(SYSTEM_FOLDERS):
            continue
        device, path, kind, options = (_unescape(f) for f in fields[:4])
        total, free = sizes.get(path) or by_device.get(device, (0, 0))
        if total:
            layers = ("lowerdir=", "upperdir=", "workdir=")
            kept = [o for o in options.split(",") if not o.startswith(layers)]
            result[path] = Mount(path=path, device=device, type=kind, options=kept, total=total, free=free)
    return result


def _sizes(df: str) -> dict[str, tuple[int, int]]:
    """`df -Pk`: mount point -> bytes in all, bytes free for ordinary users."""
    return dict(_rows(df))


def _rows(df: str, *, by_device: bool = False) -> list[tuple[str, tuple[int, int]]]:
    rows = re.finditer(r"^(.*?)\s+(\d+)\s+\d+\s+(-?\d+)\s+[\d-]+%?\s+(/.*)$", df, re.MULTILINE)
    return [(m[1] if by_device else m[4], (int(m[2]) * 1024, max(0, int(m[3])) * 1024)) for m in rows]


def _unescape(field: str) -> str:
    """The kernel writes blanks in /proc/mounts as octal."""
    return re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), field)


def _folders(text: dict[str, str], mounts: dict[str, Mount]) -> dict[str, Folder]:
    result = {}
    for name, output in text.items():
        if not name.startswith("path:"):
            continue
        real, _, df = output.partition("\n")
        for point, (total, free) in _sizes(df).items():
            mount = mounts.get(point) or Mount(path=point, device="", type="")
            result[name.removeprefix("path:")] = Folder(
                real=real, mount=mount.model_copy(update={"total": total, "free": free})
            )
    return result


def _json_lists(text: str) -> list[dict[str, Any]]:
    """One or several JSON lists, a line each, as `ip -j` prints them."""
    result: list[dict[str, Any]] = []
    for line in text.splitlines():
        try:
            result += [item for item in json.loads(line) if isinstance(item, dict)]
        except ValueError:
            continue
    return result


def _interfaces(text: str) -> list[Interface]:
    return [
        Interface(
            name=link["ifname"],
            mac=link.get("address", ""),
            mtu=link.get("mtu", 0),
            state=link.get("operstate", ""),
            addresses=[f"{a['local']}/{a['prefixlen']}" for a in link.get("addr_info", []) if "local" in a],
        )
        for link in _json_lists(text)
        if "ifname" in link
    ]


def _routes(text: str) -> list[Route]:
    return [
        Route(destination=route["dst"], device=route.get("dev", ""), gateway=route.get("gateway", ""))
        for route in _json_lists(text)
        if "dst" in route
    ]


def _listeners(text: str) -> list[Listener]:
    """`ss -Hlntup`: protocol, state, queues, local address:port, peer, users:(("name",pid=…))."""
    result = []
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 5 or fields[0] not in ("tcp", "udp"):
            continue
        address, _, port = fields[4].rpartition(":")
        process = re.search(r'\(\("([^"]+)"', line)
        if port.isdigit():
            protocol: Literal["tcp", "udp"] = "tcp" if fields[0] == "tcp" else "udp"
            address = address.partition("%")[0].strip("[]")
            result.append(
                Listener(protocol=protocol, address=address, port=int(port), process=process[1] if process else "")
            )
    return result


def _resolv(text: str) -> tuple[list[str], list[str]]:
    nameservers, search = [], []
    for line in text.splitlines():
        keyword, *values = line.split("#")[0].split() or [""]
        if keyword == "nameserver" and values:
            nameservers.append(values[0])
        elif keyword in ("search", "domain"):
            search = values
    return nameservers, search


def _hosts(text: str) -> dict[str, list[str]]:
    """/etc/hosts: address -> names, in the order of the file."""
    result: dict[str, list[str]] = {}
    for line in text.splitlines():
        address, *names = line.split("#")[0].split() or [""]
        if names:
            result.setdefault(address, []).extend(names)
    return result


def _proxies(text: str) -> dict[str, str]:
    """Lower-case names; the environment's and /etc/environment's lines look alike but for quotes and `export`."""
    result = {}
    for line in text.splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        try:
            result[name.strip().lower()] = "".join(shlex.split(value))
        except ValueError:
            result[name.strip().lower()] = value
    return {name: value for name, value in result.items() if value}
