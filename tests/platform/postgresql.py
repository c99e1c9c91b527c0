"""A real PostgreSQL for tests and benches."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from tests.waiting import until

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


class Postgres:
    """A PostgreSQL of its own on a socket in a folder, run by an unprivileged user.

    Args:
        options: settings for the server, as `max_connections=60`.
        fsync: whether it waits for the disk, which only what measures it needs: processes are killed here, not the machine.
        log: where it writes its log; in its own folder when left out.
    """

    def __init__(self, *options: str, fsync: bool = False, log: Path | None = None) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="slipway-pg-", dir="/tmp"))  # a socket's path has at most 107 bytes
        self._as_user: dict[str, Any] = {}
        self._log = log or self.root / "log"
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.root, user.pw_uid, user.pw_gid)
            self._as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        data = ["-D", str(self.root / "data")]
        initdb = [PROGRAMS[-1] / "initdb", *data, "-U", "mlplatform", "-A", "trust", *([] if fsync else ["--no-sync"])]
        sockets = f"unix_socket_directories={self.root}"
        self._command = [PROGRAMS[-1] / "postgres", *data]
        for option in ("listen_addresses=", sockets, f"fsync={'on' if fsync else 'off'}", *options):
            self._command += ["-c", option]
        subprocess.run(initdb, check=True, capture_output=True, cwd="/", **self._as_user)
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://mlplatform@/postgres?host={self.root}"

    def __enter__(self) -> Postgres:
        return self

    def __exit__(self, *_: object) -> None:
        """End it in order."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()
        shutil.rmtree(self.root)

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log, cwd="/", **self._as_user)
        until(self._answers, 60)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self._log.read_text()
        ready = [PROGRAMS[-1] / "pg_isready", "-q", "-h", self.root]
        return subprocess.run(ready, check=False).returncode == 0

    def crash(self) -> None:
        """As PostgreSQL's documentation says of SIGQUIT: at once, with a recovery at the next start."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def freeze(self, frozen: bool) -> None:
        """Every process of it stops, or goes on: connections stay open and say nothing."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in [self.process.pid, *map(int, children)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP if frozen else signal.SIGCONT)

    def execute(self, statement: str) -> None:
        with psycopg.connect(f"host={self.root} user=mlplatform dbname=postgres", autocommit=True) as connection:
            connection.execute(statement)

    def close(self) -> None:
        if self.process.poll() is None:
            self.freeze(False)
            self.crash()
        shutil.rmtree(self.root)
