"""A platform as on a cluster, but on this machine: PostgreSQL, `mlplatform api` and `mlplatform scheduler`, each a process to kill."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from mlplatform.embedded import settings_for
from mlplatform.tokens import Caller, Keyring

from tests.platform.postgresql import PROGRAMS
from tests.platform.served import ROOT
from tests.waiting import until


class Postgres:
    """A PostgreSQL on a socket in a folder, run by an unprivileged user. `fsync` is off: processes are killed here, not the machine."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="slipway-pg-", dir="/tmp"))  # a socket's path has at most 107 bytes
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.root, user.pw_uid, user.pw_gid)
            self._as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        data = ["-D", str(self.root / "data")]
        self._initdb = [PROGRAMS[-1] / "initdb", *data, "-U", "mlplatform", "-A", "trust", "--no-sync"]
        sockets = f"unix_socket_directories={self.root}"
        self._command = [PROGRAMS[-1] / "postgres", *data]
        self._command += ["-c", "listen_addresses=", "-c", sockets, "-c", "fsync=off", "-c", "max_connections=60"]
        subprocess.run(self._initdb, check=True, capture_output=True, cwd="/", **self._as_user)
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://mlplatform@/postgres?host={self.root}"

    def start(self) -> None:
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log, cwd="/", **self._as_user)
        until(self._answers, 60)

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.root / "log").read_text()
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


class Deployment:
    """The processes of a platform, by name: `api`, `scheduler`."""

    def __init__(self, folder: Path, operators: Path, **settings: str) -> None:
        self.folder, self.postgres = folder, Postgres()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        plain = settings_for(folder, "127.0.0.1", port)
        values = plain.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        values |= {"database_url": self.postgres.url, "operators": str(operators), **settings}
        self._environment = os.environ | {f"MLPLATFORM_{k.upper()}": str(v) for k, v in values.items()}
        self._environment["PYTHONPATH"] = str(ROOT / "platform")
        self.url, self._trust = plain.api_url, ssl.create_default_context(cafile=str(plain.tls_ca))
        self._token = Keyring.load(plain.signing_key).issue_caller(Caller("root", "admin"), 3600)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def client(self) -> httpx.Client:
        transport = httpx.HTTPTransport(verify=self._trust, retries=0)
        headers = {"Authorization": f"Bearer {self._token}"}
        return httpx.Client(transport=transport, base_url=self.url, headers=headers, timeout=30)

    def run(self, *command: str) -> None:
        subprocess.run([sys.executable, "-m", "mlplatform", *command], env=self._environment, check=True)

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", "mlplatform", name]
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, env=self._environment)

    def kill(self, name: str) -> None:
        self.processes[name].kill()
        self.processes[name].wait()

    def answers(self, path: str = "/readyz") -> bool:
        try:
            with self.client() as client:
                return client.get(path).is_success
        except httpx.HTTPError:
            return False

    def close(self) -> None:
        for name in ("scheduler", "api"):  # who ends first still has somebody to send logs to
            if (process := self.processes.get(name)) and process.poll() is None:
                process.terminate()
                process.wait(timeout=60)
        self.postgres.close()


@contextmanager
def deployed(folder: Path, operators: Path, **settings: str) -> Iterator[Deployment]:
    """A platform that answers; nothing of it is left at the end."""
    deployment = Deployment(folder, operators, **settings)
    try:
        deployment.run("migrate")
        deployment.start("api")
        deployment.start("scheduler")
        until(deployment.answers, 60)
        yield deployment
    finally:
        deployment.close()
