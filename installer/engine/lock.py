"""One engine per site: a lock that dies with its holder, and a note of who holds it."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from pydantic import ValidationError

from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.models.base import Model

HEARTBEAT = 5.0
"""Seconds between two heartbeats: for people who look at the note; the lock itself needs none."""


class Holder(Model):
    """Who holds a site's lock. Times are RFC 3339, UTC."""

    pid: int
    host: str
    started_at: str
    heartbeat: str


class EngineLock:
    """The lock of a run directory, held as long as this object is entered and its process lives.

    The kernel's open-file-description lock is the truth: it is gone the moment the holder is, however that ended.

    Raises:
        SlipwayError: on entering, when another engine holds it; the message says which.
    """

    def __init__(self, run_dir: Path) -> None:
        self.path = run_dir / "lock"
        self._stop = threading.Event()

    def __enter__(self) -> EngineLock:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, _flock(fcntl.F_WRLCK))
        except (BlockingIOError, PermissionError) as error:
            os.close(self._file)
            raise busy(self.path.parent) from error
        self._started_at = _now()
        self._note()
        self._beat = threading.Thread(target=self._keep_noting, daemon=True)
        self._beat.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._beat.join()
        os.ftruncate(self._file, 0)
        os.close(self._file)

    def _keep_noting(self) -> None:
        while not self._stop.wait(HEARTBEAT):
            self._note()

    def _note(self) -> None:
        holder = Holder(pid=os.getpid(), host=socket.gethostname(), started_at=self._started_at, heartbeat=_now())
        content = holder.model_dump_json().encode() + b"\n"
        os.pwrite(self._file, content, 0)
        os.ftruncate(self._file, len(content))


def is_held(run_dir: Path) -> bool:
    """Whether an engine is at work on this run directory; asking does not disturb it."""
    try:
        file = os.open(run_dir / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        answer = fcntl.fcntl(file, fcntl.F_OFD_GETLK, _flock(fcntl.F_RDLCK))
    finally:
        os.close(file)
    kind: int = struct.unpack(_FLOCK, answer)[0]
    return kind != fcntl.F_UNLCK


def holder(run_dir: Path) -> Holder | None:
    """Who holds the lock; None when nobody does, or has not said so yet."""
    if not is_held(run_dir):
        return None
    try:
        return Holder.model_validate_json((run_dir / "lock").read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def busy(run_dir: Path) -> SlipwayError:
    """The error of a second engine."""
    who = holder(run_dir)
    return SlipwayError(
        Text(en="another run is at work on this site", zh="该站点已有一个任务在运行"),
        where=str(run_dir),
        why=Text(en="process {pid} on {host}, since {start}", zh="主机 {host} 上的进程 {pid}，始于 {start}").format(
            pid=who.pid, host=who.host, start=who.started_at
        )
        if who
        else None,
        fix=Text(
            en="follow it with `slipway status --follow`; wait for its end, or stop it with Ctrl-C there",
            zh="用 `slipway status --follow` 查看进度；等待其结束，或在其中按 Ctrl-C 中止",
        ),
    )


_FLOCK = "hhqqi4x"  # struct flock of 64-bit Linux: l_type, l_whence, l_start, l_len, l_pid


def _flock(kind: int) -> bytes:
    return struct.pack(_FLOCK, kind, os.SEEK_SET, 0, 0, 0)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
