"""Putting back units and accounts."""

from __future__ import annotations

import fcntl
import os

from .kernel import running
from .shell import change, has
from .undo_kernel import end
from .work import Work


def _active(value: str | None) -> bool:
    return (value or "").endswith(" active")


def stop_units(work: Work) -> None:
    """Stop units that did not run before, with all their processes: some leave theirs running on purpose (containerd).

    Their links in /etc/systemd are files, and go with these.
    """
    stopping = [d for d in work.of("units") if _active(d.after) and not _active(d.before)]
    if not stopping:
        return
    reason = change("systemctl", "stop", *(d.key for d in stopping))
    for difference in stopping:
        work.note(difference, reason)
    groups = tuple(f"/system.slice/{d.key}" for d in stopping)
    end([p.pid for p in running() if any(g.startswith(groups) for g in p.groups)])


def restore_units(work: Work) -> None:
    """Let systemd read its files again, then start what ran before and forget what failed."""
    if not has("systemctl"):
        return
    if work.of("units") or any("/systemd/" in d.key for d in work.of("files")):
        reason = change("systemctl", "daemon-reload")
        for difference in work.of("units"):
            work.note(difference, reason)
    for difference in work.of("units"):
        if (difference.after or "").endswith(" failed"):
            change("systemctl", "reset-failed", difference.key)
        if _active(difference.before) and not _active(difference.after):
            work.note(difference, change("systemctl", "start", difference.key))


FILES = {"user": ("/etc/passwd", "/etc/shadow"), "group": ("/etc/group", "/etc/gshadow")}


def remove_accounts(work: Work) -> None:
    """Take new accounts out of the account files, under the lock that the account tools use."""
    new = list(work.new("accounts"))
    for difference in [*work.gone("accounts"), *work.changed("accounts")]:
        work.note(difference, "accounts are only taken away, never changed back")
    if not new:
        return
    with open("/etc/.pwd.lock", "w", encoding="ascii") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        for difference in new:
            kind, _, name = difference.key.partition(" ")
            for path in FILES[kind]:
                try:
                    _drop_line(path, f"{name}:".encode(errors="surrogateescape"))
                except OSError as error:
                    work.note(difference, str(error))


def _drop_line(path: str, start: bytes) -> None:
    if not os.path.exists(path):
        return
    with open(path, "rb") as file:
        lines = file.readlines()
    kept = [line for line in lines if not line.startswith(start)]
    if kept == lines:
        return
    status = os.stat(path)
    temporary = f"{path}.slipway"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.writelines(kept)
        os.fchown(fd, status.st_uid, status.st_gid)
        os.fchmod(fd, status.st_mode & 0o7777)
        file.flush()
        os.fsync(fd)
    os.replace(temporary, path)
