"""A platform as on a cluster, but on this machine: PostgreSQL, `mlplatform api` and `mlplatform scheduler`, each a process to kill."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from mlplatform.embedded import settings_for
from mlplatform.tokens import Caller, Keyring

from tests.platform.postgresql import Postgres
from tests.platform.served import environment
from tests.waiting import until


class Deployment:
    """The processes of a platform, by name: `api`, `scheduler`."""

    def __init__(self, folder: Path, operators: Path, **settings: str) -> None:
        self.folder, self.postgres = folder, Postgres("max_connections=60")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        plain = settings_for(folder, "127.0.0.1", port)
        own = {"database_url": self.postgres.url, "operators": operators, **settings}
        self._environment = environment(plain, **own)
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
