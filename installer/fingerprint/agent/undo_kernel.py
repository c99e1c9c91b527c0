"""Putting back what the kernel holds: processes, BPF, mounts, swap, settings, control groups, modules."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Collection

from . import bpf
from .kernel import cgroup_mounts, mountinfo, running, sysctl_path
from .shell import change
from .state import HOME
from .work import Work

GRACE_SECONDS = 2.0
"""Between SIGTERM and SIGKILL. What is killed here loses its data anyway."""
KILL_SECONDS = 10.0
"""How long killed processes may take to vanish; one that waits for a dead disk stays."""

_DETACH, _NO_FOLLOW = 2, 8  # umount2(2)
_libc = ctypes.CDLL(None, use_errno=True)


def kill_processes(work: Work) -> None:
    """End everything in control groups that were not there before."""
    groups = {d.key for section in ("cgroups", "processes") for d in work.new(section)}
    if not groups:
        return
    inside = tuple(f"{group}/" for group in groups)

    def members() -> list[int]:
        return [p.pid for p in running() if any(g in groups or g.startswith(inside) for g in p.groups)]

    _thaw(groups)
    for pid in members():
        _signal(pid, signal.SIGTERM)
    _until(lambda: not members(), GRACE_SECONDS)
    end(members())


def end(pids: Collection[int]) -> None:
    """Kill processes and wait until they are gone."""
    names = {p.pid for p in running()} & set(pids)  # never this process, nor the login it came by
    for pid in names:
        _signal(pid, signal.SIGKILL)
    _until(lambda: not any(_alive(pid) for pid in names), KILL_SECONDS)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _until(reached: Callable[[], bool], seconds: float) -> bool:
    """Look every 20 ms whether a condition is reached, for so many seconds."""
    end_at = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > end_at:
            return False
        time.sleep(0.02)
    return True


def _thaw(groups: Collection[str]) -> None:
    """A frozen process of version 1 takes no signal, not even SIGKILL."""
    for place in cgroup_mounts():
        for group in groups:
            for folder, _, files in os.walk(place + group):
                for name, word in (("freezer.state", "THAWED"), ("cgroup.freeze", "0")):
                    if name in files:
                        _write(os.path.join(folder, name), word)


def _write(path: str, text: str) -> str:
    try:
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    except OSError as error:
        return f"{path}: {error.strerror}"
    return ""


def detach_programs(work: Work) -> None:
    """Remove new pins, which lets go of most programs, then take off what still hangs."""
    new = list(work.new("bpf"))
    pins = [d for d in new if d.key.startswith("pin ")]
    for difference in sorted(pins, key=lambda d: d.key, reverse=True):  # what is inside before its folder
        path = difference.key[len("pin ") :]
        try:
            os.rmdir(path) if os.path.isdir(path) else os.unlink(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            work.note(difference, str(error))
    by_key = {d.key: d for d in new if not d.key.startswith("pin ")}
    if by_key:
        for key, kind, ident in list(bpf.programs()):
            if key in by_key:
                try:
                    bpf.detach(key, kind, ident)
                except OSError as error:
                    work.note(by_key[key], str(error))
    for difference in [*work.gone("bpf"), *work.changed("bpf")]:
        work.note(difference, "a BPF program cannot be loaded again from here")


def restore_mounts(work: Work) -> None:
    """Unmount what is new, deepest first; what is busy is detached and goes when its last user does."""
    for difference in sorted(work.of("mounts"), key=lambda d: d.key, reverse=True):
        was, there = _stack(difference.before), _stack(difference.after)
        for _ in range(len(there) - len(was)):
            work.note(difference, _unmount(difference.key))
        if len(was) > len(there):
            work.note(difference, "what was mounted here cannot be mounted again from here")


def _stack(value: str | None) -> list[str]:
    return value.split("; ") if value else []


def _unmount(path: str) -> str:
    if HOME.startswith(path.rstrip("/") + "/"):
        return "the product's own folder is below it"
    for flags in (_NO_FOLLOW, _NO_FOLLOW | _DETACH):
        if _libc.umount2(os.fsencode(path), flags) == 0:
            return ""
    return os.strerror(ctypes.get_errno())


def restore_propagation(work: Work) -> None:
    """Whether mounts inside a mount are seen elsewhere: shared, private, slave, each as before."""
    now = {mount.path: mount.propagation for mount in mountinfo()}
    for difference in work.changed("mounts"):
        was = (difference.before or "").rpartition(" ")[2]
        if was != now.get(difference.key) and "+" not in was:
            work.note(difference, change("mount", f"--make-{was}", difference.key))


def restore_swap(work: Work) -> None:
    for difference in work.new("swap"):
        work.note(difference, change("swapoff", difference.key))
    for difference in work.gone("swap"):
        # Negative priorities are the kernel's own choice and cannot be asked for.
        priority = (difference.before or "").rpartition(" ")[2]
        asked = [] if priority.startswith("-") else ["--priority", priority]
        work.note(difference, change("swapon", *asked, difference.key))


def restore_sysctls(work: Work) -> None:
    """Write settings back: those first that the kernel copies into others (forwarding, `all`, `default`)."""

    def breadth(name: str) -> tuple[int, str]:
        return (
            0 if name in ("net.ipv4.ip_forward",) else 1 if ".all." in name else 2 if ".default." in name else 3,
            name,
        )

    for difference in sorted(work.changed("sysctls"), key=lambda d: breadth(d.key)):
        work.note(difference, _write(sysctl_path(difference.key), difference.before or ""))


def remove_cgroups(work: Work) -> None:
    """Remove new control groups, inside first, from every hierarchy."""
    for difference in work.new("cgroups"):
        if difference.key.endswith(".slice"):  # systemd keeps an account of its own of these
            change("systemctl", "stop", difference.key.lstrip("/"))
        for place in cgroup_mounts():
            for folder, _, _ in os.walk(place + difference.key, topdown=False):
                try:
                    os.rmdir(folder)
                except FileNotFoundError:
                    continue
                except OSError as error:
                    work.note(difference, f"{folder}: {error.strerror}{_who(folder)}")


def _who(folder: str) -> str:
    try:
        with open(f"{folder}/cgroup.procs", encoding="ascii") as file:
            pids = Counter(file.read().split())
    except OSError:
        return ""
    return f" (processes {', '.join(pids)})" if pids else ""


def remove_modules(work: Work) -> None:
    """Unload new modules; `modprobe -r` takes those that only they needed along."""
    for difference in work.new("modules"):
        work.note(difference, change("modprobe", "-r", difference.key))
    for difference in work.gone("modules"):
        work.note(difference, change("modprobe", difference.key))
