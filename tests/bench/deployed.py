"""The platform as on a cluster: PostgreSQL that syncs to its disk, `mlplatform api` and `mlplatform scheduler` as processes of their own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from mlplatform.embedded import settings_for
from mlplatform.settings import Settings
from mlplatform.tokens import Caller, Keyring

from tests.platform import served
from tests.platform.postgresql import Postgres
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Deployed:
    """A running platform."""

    settings: Settings
    pids: Mapping[str, int]
    """Of `api`, `scheduler`, `postgresql`, and of what else takes part."""
    database: sqlalchemy.URL

    def token(self, subject: str, role: str = "user") -> str:
        return Keyring.load(self.settings.signing_key).issue_caller(Caller(subject, role), 3600)  # type: ignore[arg-type]

    def processor_seconds(self) -> dict[str, float]:
        """What each process has used so far; PostgreSQL with all that it started."""
        used = {name: _processor_seconds(pid) for name, pid in self.pids.items()}
        used["postgresql"] += sum(map(_processor_seconds, _children(self.pids["postgresql"])))
        return used

    def resident(self) -> dict[str, int]:
        """MiB of memory of each process."""
        return {name: resident(pid) for name, pid in self.pids.items()}


def resident(pid: int) -> int:
    """MiB of memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


def _processor_seconds(pid: int) -> float:
    """Of a process, with those of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(fields[i]) for i in (11, 12, 13, 14)) / TICKS


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def postgresql() -> Iterator[tuple[sqlalchemy.URL, int]]:
    """An empty database on a socket, as Debian configures it: fsync on. Its URL and the server's process."""
    with Postgres(fsync=True) as server:
        yield sqlalchemy.make_url(server.url), server.process.pid


@contextmanager
def deployed(
    scheduler: Sequence[str] = ("-m", "mlplatform", "scheduler"),
    pids: Mapping[str, int] | None = None,
    environment: Mapping[str, str] | None = None,
    **settings: str,
) -> Iterator[Deployed]:
    """The processes, with settings beyond the usual ones; ended at the end.

    Args:
        scheduler: arguments of Python for that process.
        pids: of further processes whose use is to be told.
        environment: more for both processes.

    Raises:
        AssertionError: one does not start; its log is at the end of the message.
    """
    with ExitStack() as stack:
        url, postgres = stack.enter_context(postgresql())
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slipway-bench-")))
        own = settings_for(data, "127.0.0.1", _free_port())
        environment = (
            served.environment(own, **{"database_url": url.render_as_string(), **settings})
            | {"SSL_CERT_FILE": str(own.tls_ca)}
            | dict(environment or {})
        )
        subprocess.run([sys.executable, "-m", "mlplatform", "migrate"], check=True, env=environment)
        processes = {}
        for name, arguments in {"api": ("-m", "mlplatform", "api"), "scheduler": scheduler}.items():
            log = stack.enter_context((data / f"{name}.log").open("wb"))
            processes[name] = subprocess.Popen([sys.executable, *arguments], stdout=log, stderr=log, env=environment)
            stack.callback(_end, processes[name], signal.SIGTERM)
        until(lambda: _listens(own.port) or any(p.poll() is not None for p in processes.values()))
        for name, process in processes.items():
            assert process.poll() is None, f"{name} did not start:\n{(data / f'{name}.log').read_text()[-3000:]}"
        all_pids = {name: process.pid for name, process in processes.items()} | {"postgresql": postgres} | (pids or {})
        yield Deployed(own, all_pids, url)
        for name in processes:
            if kept := os.environ.get("SLIPWAY_BENCH_LOGS"):
                shutil.copy(data / f"{name}.log", kept)


def _end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    process.send_signal(how)
    process.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
