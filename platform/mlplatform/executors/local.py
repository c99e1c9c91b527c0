"""Work as processes of this machine: a runner per replica, each in a process group of its own, which dies with the platform.

A replica's folder is what its log is kept in until the platform has it. What a runner that was killed left there is sent by another
one, at once or in the executor's next life; only then is the folder removed and the work `absent`.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import structlog

from mlplatform.executors.base import RUNNER_FAILED, ExecutorError, Launch, Status, Work
from mlplatform.files import write_atomic
from mlplatform.scheduler.state import Amount, Node

log = structlog.get_logger()
GRACE = 25.0
"""Seconds between asking a runner to end and killing it; the runner itself gives its command 20."""
DRAIN = 300.0
"""Seconds that what a killed runner left may take to be sent, the API being away among it; what is not sent then is lost, and the log says so."""
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
    draining: dict[int, asyncio.Task[bool]] = field(default_factory=dict)
    """By rank, what is sent of those whose runner was killed."""
    is_left: bool = False
    """Of an earlier life: it has no runners any more, or they are ending."""


class LocalExecutor:
    """Local processes.

    Args:
        work: folder for the replicas' own folders; they are removed when work is stopped.
        operators: folder with the runner and the system operators.
        api_url, ca_file: how the runner reaches the API.
        log_limit: bytes of a replica's log that are kept.
        ended: called when a process has ended.
    """

    def __init__(
        self,
        work: Path,
        operators: Path,
        api_url: str,
        ca_file: Path,
        *,
        log_limit: int = 1 << 30,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._work = work
        self._operators = operators
        self._api_url = api_url
        self._ca_file = ca_file
        self._log_limit = log_limit
        self._ended = ended
        self._groups: dict[Work, _Group] = {}
        self._closing = False
        self._http = httpx.AsyncClient(timeout=2, trust_env=False)
        work.mkdir(parents=True, mode=0o700, exist_ok=True)

    async def nodes(self) -> list[Node]:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return [Node(name="local", total=Amount(cpu=1000 * (os.cpu_count() or 1), memory=memory))]

    def _find(self, work: Work) -> _Group | None:
        """What there is of a workload: started by this process, or left by an earlier life."""
        folder = self._work / f"{work.kind}-{work.id}"
        if work not in self._groups and folder.exists():
            self._groups[work] = _Group(folder, _free_port(), is_left=True)
        return self._groups.get(work)

    async def start(self, launch: Launch) -> Status | None:
        if known := self._find(launch.work):
            write_atomic(known.folder / "token", launch.token.encode(), 0o600)
            return None
        group = _Group(self._work / f"{launch.work.kind}-{launch.work.id}", _free_port())
        self._groups[launch.work] = group
        try:
            write_atomic(group.folder / "token", launch.token.encode(), 0o600)
            for rank in range(launch.spec.resources.replicas):
                (group.folder / str(rank)).mkdir(parents=True, mode=0o700)
                group.processes.append(await self._spawn(group, rank))
        except OSError as error:
            await self._end(launch.work, group)
            raise ExecutorError(f"cannot start a process: {error}") from error
        group.watching = [asyncio.create_task(self._watch(process)) for process in group.processes]
        return Status("running") if launch.work.kind == "task" else None

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        self._ended()

    async def _spawn(self, group: _Group, rank: int, **more: str) -> asyncio.subprocess.Process:
        folder = group.folder / str(rank)
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
            **more,
        }
        with (group.folder / f"runner-{rank}.log").open("ab") as log:
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
        group = self._find(work)
        if group is None:
            return Status("absent")
        if group.is_left:
            await self.stop(work)
            return Status("starting", "what is left of it is ending, and the rest of its log is being sent")
        codes = [p.returncode for p in group.processes]
        for rank, code in enumerate(codes):
            if code is not None and code < 0 and not self._drain(group, rank).done():
                return Status(
                    "running" if work.kind == "task" else "starting",
                    "its runner was killed; what it left is being sent",
                )
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
        group = self._find(work)
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
        killed = [
            rank
            for rank, process in enumerate(group.processes)
            if (process.returncode or 0) < 0 or process.returncode == RUNNER_FAILED
        ]
        left = [int(f.name) for f in group.folder.glob("[0-9]*")] if group.is_left else killed
        if self._closing and left:
            return  # the API is away too: the next life sends it
        if not all(await asyncio.gather(*(self._drain(group, rank) for rank in left))):
            log.warning("a part of a log is lost: it could not be sent", kind=work.kind, id=work.id)
        await asyncio.to_thread(shutil.rmtree, group.folder, ignore_errors=True)
        self._groups.pop(work, None)
        self._ended()

    def _drain(self, group: _Group, rank: int) -> asyncio.Task[bool]:
        """Send what a killed runner left, once; whether all of it is sent, or nobody wants it any more."""
        if rank not in group.draining:
            group.draining[rank] = asyncio.create_task(self._send_rest(group, rank))
        return group.draining[rank]

    async def _send_rest(self, group: _Group, rank: int) -> bool:
        folder, process = group.folder / str(rank), None
        try:
            async with asyncio.timeout(DRAIN):
                while not _is_free(folder):  # one of an earlier life has a moment to end in order
                    await asyncio.sleep(0.1)
                await asyncio.to_thread(_kill_strays, folder)
                if not folder.exists():  # the command deleted it
                    return True
                process = await self._spawn(group, rank, MLP_DRAIN=str(self._log_limit))
                return await process.wait() in (0, 143)
        except TimeoutError:
            return False
        finally:  # also when this process ends: the folder stays for the next
            if process:
                _signal(process, signal.SIGKILL)

    async def close(self) -> None:
        self._closing = True
        await asyncio.gather(*(self._end(work, group) for work, group in list(self._groups.items())))
        await self._http.aclose()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if process.returncode is None:
        process.send_signal(number)


def _kill_strays(folder: Path) -> None:
    """End what the runner of a folder left running when it was killed itself: what has the folder's name in its environment."""
    mark = f"MLP_TASK={folder}".encode()  # and nothing longer: 1 is not 10
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)


def _is_free(folder: Path) -> bool:
    """Whether no runner lives in a folder: each holds the lock there (operators/runner.py)."""
    try:
        lock = os.open(folder / ".lock", os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
