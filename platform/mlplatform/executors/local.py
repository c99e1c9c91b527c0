"""Work as processes of this machine: a runner per replica, each in a process group of its own, which dies with the platform."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from mlplatform.executors.base import RUNNER_FAILED, ExecutorError, Launch, Status, Work
from mlplatform.files import write_atomic
from mlplatform.scheduler.state import Amount, Node

GRACE = 25.0
"""Seconds between asking a runner to end and killing it; the runner itself gives its command 20."""
KEPT = 2000
"""Characters of a runner's own complaints that a failure's detail shows."""


@dataclass
class _Group:
    folder: Path
    port: int
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)
    watching: list[asyncio.Task[None]] = field(default_factory=list)
    """Tells of each process that ends."""
    stopping: asyncio.Task[None] | None = None


class LocalExecutor:
    """Local processes.

    Args:
        work: folder for the replicas' own folders; they are removed when work is stopped.
        operators: folder with the runner and the system operators.
        api_url, ca_file: how the runner reaches the API.
        ended: called when a process has ended.
    """

    def __init__(
        self, work: Path, operators: Path, api_url: str, ca_file: Path, ended: Callable[[], None] = lambda: None
    ) -> None:
        self._work = work
        self._operators = operators
        self._api_url = api_url
        self._ca_file = ca_file
        self._ended = ended
        self._groups: dict[Work, _Group] = {}
        self._http = httpx.AsyncClient(timeout=2, trust_env=False)
        shutil.rmtree(work, ignore_errors=True)  # what an earlier life left; its processes died with it
        work.mkdir(parents=True, mode=0o700)

    async def nodes(self) -> list[Node]:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return [Node(name="local", total=Amount(cpu=1000 * (os.cpu_count() or 1), memory=memory))]

    async def start(self, launch: Launch) -> Status | None:
        if known := self._groups.get(launch.work):
            write_atomic(known.folder / "token", launch.token.encode(), 0o600)
            return None
        group = _Group(self._work / launch.work.id, _free_port())
        self._groups[launch.work] = group
        try:
            write_atomic(group.folder / "token", launch.token.encode(), 0o600)
            for rank in range(launch.spec.resources.replicas):
                group.processes.append(await self._spawn(launch, group, rank))
        except OSError as error:
            await self._end(launch.work, group)
            raise ExecutorError(f"cannot start a process: {error}") from error
        group.watching = [asyncio.create_task(self._watch(process)) for process in group.processes]
        return Status("running") if launch.work.kind == "task" else None

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        self._ended()

    async def _spawn(self, launch: Launch, group: _Group, rank: int) -> asyncio.subprocess.Process:
        folder = group.folder / str(rank)
        folder.mkdir(parents=True, mode=0o700)
        token_file = group.folder / "token"
        # python3 of an operator's command is this interpreter, which has numpy.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        env = {
            "PATH": path,
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LANG": "C.UTF-8",
            "MLP_API": self._api_url,
            "MLP_TOKEN_FILE": str(token_file),
            "MLP_CA_FILE": str(self._ca_file),
            "MLP_TASK": str(folder),
            "MLP_RANK": str(rank),
            "MLP_MASTER_ADDR": "127.0.0.1",
            "MLP_MASTER_PORT": str(group.port),
            "MLP_PORT": str(group.port),
            "MLP_LIFELINE": "1",
        }
        with (group.folder / f"runner-{rank}.log").open("wb") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",  # the runner needs the standard library alone
                "-S",
                str(self._operators / "runner.py"),
                env=env,
                stdin=asyncio.subprocess.PIPE,  # held open: its end tells the runner that we are gone
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def statuses(self, works: Sequence[Work]) -> dict[Work, Status]:
        return {work: await self._status(work) for work in works}

    async def _status(self, work: Work) -> Status:
        group = self._groups.get(work)
        if group is None:
            return Status("absent")
        codes = [p.returncode for p in group.processes]
        for rank, code in enumerate(codes):
            if code or (code == 0 and work.kind == "service"):
                # The runner says 70 when it could not do its part; a signal that met the runner was not the command's doing.
                lost = work.kind == "task" and (code == RUNNER_FAILED or code < 0)
                return Status("failed", self._why(group, rank, code), lost=lost)
        if all(code == 0 for code in codes):
            return Status("succeeded")
        if work.kind == "task":
            return Status("running")
        endpoint = f"http://127.0.0.1:{group.port}"
        try:
            answer = await self._http.get(f"{endpoint}/v2/health/ready")
        except httpx.HTTPError:
            return Status("starting", "the service does not answer yet")
        return Status("ready", endpoint=endpoint) if answer.status_code == 200 else Status("starting", "not ready yet")

    def _why(self, group: _Group, rank: int, code: int) -> str:
        said = (group.folder / f"runner-{rank}.log").read_text(errors="replace").strip()[-KEPT:]
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return f"replica {rank}: {how}" + (f": {said}" if said else "")

    async def stop(self, work: Work) -> None:
        group = self._groups.get(work)
        if group and group.stopping is None:
            group.stopping = asyncio.create_task(self._end(work, group))

    async def _end(self, work: Work, group: _Group) -> None:
        """Ask every runner to end, kill those that do not, and clear up."""
        for process in group.processes:
            _signal(process, signal.SIGTERM)
        try:
            async with asyncio.timeout(GRACE):
                await asyncio.gather(*(p.wait() for p in group.processes))
        except TimeoutError:
            for process in group.processes:
                _signal(process, signal.SIGKILL)
            await asyncio.gather(*(p.wait() for p in group.processes))
        await asyncio.to_thread(shutil.rmtree, group.folder, ignore_errors=True)
        self._groups.pop(work, None)
        self._ended()

    async def close(self) -> None:
        await asyncio.gather(*(self._end(work, group) for work, group in list(self._groups.items())))
        await self._http.aclose()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if process.returncode is None:
        process.send_signal(number)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
