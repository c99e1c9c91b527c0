"""What the machine under the labs is like, and the few things of it that labs change and the last one puts back."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from installer.common.errors import SlipwayError
from installer.common.files import write_atomic
from installer.common.text import Text

CGROUPS = Path("/sys/fs/cgroup")

CAP_SYS_RESOURCE = 24
"""Its bit in CapEff (linux/capability.h)."""

SLICE = "machine.slice"
"""Podman's parent of all containers where systemd manages the cgroups; other programs' machines may be in it too."""

SETTINGS = [
    "fs/file-max", "fs/nr_open",  # a node's systemd, when it boots
    "net/ipv4/ip_forward",  # podman; writing it sets what follows from it, per interface
    "vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",  # the kubelet
    "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes",
    "kernel/timer_migration", "net/core/bpf_jit_enable",  # Cilium
]  # fmt: skip
"""Files of /proc/sys that hold for the whole kernel and are written from within nodes."""

PODMANS_MOUNTS = ["/run/netns", "/var/lib/containers/storage/overlay"]
"""Folders that podman mounts over themselves when it first runs, and leaves so."""


@dataclass(frozen=True)
class Host:
    """The machine under the labs."""

    cgroup_version: Literal[1, 2]
    """1 also for the hybrid tree."""
    limits_fixed: bool
    """Resource limits cannot be raised: root here lacks CAP_SYS_RESOURCE."""
    ulimits: dict[str, int]
    """Limits that the nodes must be given explicitly because podman's own defaults are above what is allowed."""


def look() -> Host:
    """Look at this machine."""
    status = Path("/proc/self/status").read_text().splitlines()
    capabilities = next(int(line.split()[1], 16) for line in status if line.startswith("CapEff:"))
    return describe(
        capabilities=capabilities,
        unified=(CGROUPS / "cgroup.controllers").exists(),
        nofile=resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        nproc=resource.getrlimit(resource.RLIMIT_NPROC)[1],
        pid_max=int(Path("/proc/sys/kernel/pid_max").read_text()),
    )


def describe(*, capabilities: int, unified: bool, nofile: int, nproc: int, pid_max: int) -> Host:
    """What follows from a machine's capabilities (a bit mask), its cgroup tree and its hard limits."""
    limits_fixed = not capabilities >> CAP_SYS_RESOURCE & 1
    hard = {"nofile": nofile, "nproc": nproc}
    if nproc != resource.RLIM_INFINITY:
        hard["nproc"] = min(nproc, pid_max)  # podman lowers its own to pid_max, and what is lowered stays so
    finite = {name: value for name, value in hard.items() if value != resource.RLIM_INFINITY}
    return Host(cgroup_version=2 if unified else 1, limits_fixed=limits_fixed, ulimits=finite if limits_fixed else {})


def prepare(host: Host, record: Path) -> None:
    """Make what the nodes need of this machine; what there was before is in `record` first, for `put_back`.

    On cgroup v1, a controller without a mount here would be mounted by each node's systemd with a root that all nodes
    share, and their kubelets would see each other's pods; so every enabled controller is mounted here.
    """
    mounts = _unmounted() if host.cgroup_version == 1 else []
    before = json.loads(record.read_text()) if record.exists() else {}
    if not before or not set(mounts) <= set(before["mounts"]):
        before = {
            "settings": _settings(),
            "cgroups": _podman_cgroups(),
            "tables": _tables(),
            "kept_mounts": sorted(_mounted() & set(PODMANS_MOUNTS)),
        } | before
        before["mounts"] = sorted({*before.get("mounts", []), *mounts})
        write_atomic(record, json.dumps(before), mode=0o600)
    for controllers in mounts:
        (CGROUPS / controllers).mkdir(exist_ok=True)
        _run("mount", "-t", "cgroup", "-o", controllers, "cgroup", str(CGROUPS / controllers))
        _clear(CGROUPS / controllers)


def put_back(record: Path) -> None:
    """Give this machine what it had before its first lab; to be called when podman runs nothing any more.

    Raises:
        SlipwayError: something could not be put back; the record stays, and a second try goes on.
    """
    if not record.exists():
        return
    before = json.loads(record.read_text())
    groups = [Path(group) for group in sorted(set(_podman_cgroups()) - set(before["cgroups"]))]
    for group in groups:
        if group.name != SLICE:
            _remove_cgroup(group)
    if any(group.name == SLICE for group in groups) and not any(_children(group) for group in groups if group.exists()):
        _run("systemctl", "stop", SLICE)
    for controllers in before["mounts"]:
        point = CGROUPS / controllers
        if str(point) in _mounted():
            _clear(point)
            _run("umount", str(point))
        if point.exists():
            point.rmdir()
    for path in (_mounted() & set(PODMANS_MOUNTS)) - set(before["kept_mounts"]):
        _run("umount", path)
    for family, table in set(_tables()) - {tuple(table) for table in before["tables"]}:
        if only_podmans(json.loads(_run("nft", "--json", "list", "table", family, table))["nftables"]):
            _run("nft", "delete", "table", family, table)
    for name, value in before["settings"].items():
        path = Path("/proc/sys") / name
        if path.read_text() != value:
            try:
                path.write_text(value)
            except OSError as error:
                raise SlipwayError(
                    Text(en="a kernel setting could not be put back", zh="无法恢复内核参数"),
                    where=str(path),
                    why=Text.same(f"{value.strip()}: {error.strerror}"),
                ) from error
    record.unlink()


def unmounted_controllers(table: str, mounts: str) -> list[str]:
    """Enabled cgroup v1 controllers of /proc/cgroups that are in no mount of /proc/mounts, joined as systemd joins them.

    That a controller has a hierarchy does not tell: one that was unmounted lives on while a group in it is dying.
    """
    rows = [line.split() for line in table.splitlines() if not line.startswith("#")]
    mounted = {
        option for line in mounts.splitlines() if line.split()[2] == "cgroup" for option in line.split()[3].split(",")
    }
    missing = [name for name, _, _, enabled in rows if enabled == "1" and name not in mounted]
    pair = ["net_cls", "net_prio"]
    if set(pair) <= set(missing):
        return [name for name in missing if name not in pair] + [",".join(pair)]
    return missing


def only_podmans(nftables: Iterable[dict[str, Any]]) -> bool:
    """Whether every rule of a table (as `nft --json` prints it) is in or jumps to one of podman's own chains."""
    rules = [thing["rule"] for thing in nftables if "rule" in thing]
    return all(rule["chain"].startswith("NETAVARK") or '"NETAVARK' in json.dumps(rule["expr"]) for rule in rules)


def _unmounted() -> list[str]:
    return unmounted_controllers(Path("/proc/cgroups").read_text(), Path("/proc/mounts").read_text())


def _clear(hierarchy: Path) -> None:
    """Remove what nodes left in a hierarchy that only labs mount; groups with processes stay."""
    for group in _children(hierarchy):
        with suppress(OSError):
            _remove_cgroup(group)


def _mounted() -> set[str]:
    """Every mount point; os.path.ismount does not see a folder that is mounted over itself."""
    return {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()}


def _settings() -> dict[str, str]:
    files = {name: Path("/proc/sys") / name for name in SETTINGS}
    return {name: path.read_text() for name, path in files.items() if path.exists()}


def _podman_cgroups() -> list[str]:
    """The groups under which podman puts containers, and which it never removes."""
    found = [
        path for name in ("libpod_parent", SLICE) for pattern in (name, f"*/{name}") for path in CGROUPS.glob(pattern)
    ]
    return sorted(map(str, found))


def _children(group: Path) -> list[Path]:
    return [child for child in group.iterdir() if child.is_dir()]


def _remove_cgroup(group: Path) -> None:
    for child in _children(group):
        _remove_cgroup(child)
    group.rmdir()


def _tables() -> list[tuple[str, str]]:
    """The nftables tables of this machine, as (family, name); podman adds to `ip nat` and `ip filter`."""
    if not shutil.which("nft"):
        return []
    words = [line.split() for line in _run("nft", "list", "tables").splitlines()]
    return [(family, name) for _, family, name in words]


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SlipwayError(
            Text(en="a command on this machine failed", zh="本机上的命令执行失败"),
            where=" ".join(command),
            why=Text.same(done.stderr.strip()),
        )
    return done.stdout
