"""Handing a row to the executor: the first time, again after a crash, and to renew its token."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.executors.base import Executor, ExecutorError, Launch, Work
from mlplatform.models.workload import WorkloadSpec
from mlplatform.scheduler.state import Queue
from mlplatform.scheduler.view import TABLES
from mlplatform.storage import locks
from mlplatform.storage.database import Database
from mlplatform.tokens import WORKER_TTL, Keyring, Worker

log = structlog.get_logger()
AT_ONCE = 16
"""Launches that wait for the executor at the same time."""
RENEWAL = WORKER_TTL / 4
"""Seconds between two tokens of a running workload: a pod that is made anew starts with the one that it finds."""


@dataclass(frozen=True)
class Claim:
    """A row whose lock is held, to be started."""

    queue: Queue
    id: str
    state: str
    attempt: int
    """Of a task; 0 for a service."""
    spec: dict[str, Any]
    placement: Sequence[str]
    lock: str

    @property
    def work(self) -> Work:
        return Work(self.queue, self.id)


class Launcher:
    """Starts what is marked as starting, and gives fresh tokens to what runs."""

    def __init__(self, database: Database, executor: Executor, keyring: Keyring) -> None:
        self._database = database
        self._executor = executor
        self._keyring = keyring
        self._renewed: dict[Work, float] = {}
        """When each running workload last got a token (monotonic seconds)."""

    async def claim(
        self, session: AsyncSession, queue: Queue, ids: Sequence[str], state: str, /, **values: Any
    ) -> list[Claim]:
        """Take the locks of rows in this state, and write `values` into them."""
        table = TABLES[queue]
        columns = [table.state, table.attempt, table.spec, table.placement]
        lock, rows = await locks.claim_all(session, table, ids, state, columns, **values)
        return [Claim(queue, id_, now, tries, spec, at, lock) for id_, now, tries, spec, at in rows]

    async def launch(self, claims: Sequence[Claim]) -> None:
        """Start rows whose locks are held, several at once, and give the locks back. What cannot be started now is tried again by the
        watch loop."""
        gate = asyncio.Semaphore(AT_ONCE)
        going = {asyncio.create_task(self._start(claim, gate)) for claim in claims}
        try:
            while going:
                started, going = await asyncio.wait(going, return_when=asyncio.FIRST_COMPLETED)
                await self._release([task.result() for task in started])
        finally:
            for task in going:
                task.cancel()

    async def _start(self, claim: Claim, gate: asyncio.Semaphore) -> tuple[Claim, bool]:
        """Returns also whether it is known to run already."""
        token = self._keyring.issue_worker(Worker(claim.queue, claim.id, claim.attempt))
        launch = Launch(claim.work, WorkloadSpec.model_validate(claim.spec), tuple(claim.placement), token)
        try:
            async with gate:
                status = await self._executor.start(launch)
        except ExecutorError as error:
            log.warning("cannot start", queue=claim.queue, id=claim.id, error=str(error))
            return claim, False
        self._renewed[claim.work] = time.monotonic()
        return claim, bool(status and status.phase == "running" and claim.state == "starting")

    async def _release(self, started: Sequence[tuple[Claim, bool]]) -> None:
        """Give back what was started meanwhile, equal ones in one statement."""
        alike: dict[tuple[Queue, str, str, bool], list[str]] = {}
        for claim, runs in started:
            alike.setdefault((claim.queue, claim.lock, claim.state, runs), []).append(claim.id)
        async with self._database.transaction() as session:
            for (queue, lock, state, runs), ids in alike.items():
                values: dict[str, Any] = {"state": "running", "reason": None} if runs else {}
                await locks.release_all(session, TABLES[queue], ids, lock, state, **values)
            await self._database.changes.announce(session)  # the watch loop need not wait for its tick

    def is_due(self, work: Work) -> bool:
        """Whether its token gets old."""
        return time.monotonic() - self._renewed.get(work, -RENEWAL) >= RENEWAL

    def forget(self, work: Work) -> None:
        self._renewed.pop(work, None)
