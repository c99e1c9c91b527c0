"""Handing a row to the executor: the first time, again after a crash, and to renew its token."""

from __future__ import annotations

import time

import structlog

from mlplatform.executors.base import Executor, ExecutorError, Launch, Work
from mlplatform.models.workload import WorkloadSpec
from mlplatform.scheduler.state import Queue
from mlplatform.scheduler.view import TABLES
from mlplatform.storage import locks
from mlplatform.storage.database import Database
from mlplatform.storage.tables import Service, Task
from mlplatform.tokens import WORKER_TTL, Keyring, Worker

log = structlog.get_logger()
Row = Task | Service
RENEWAL = WORKER_TTL / 4
"""Seconds between two tokens of a running workload: a pod that is made anew starts with the one that it finds."""


class Launcher:
    """Starts what is marked as starting, and gives fresh tokens to what runs."""

    def __init__(self, database: Database, executor: Executor, keyring: Keyring) -> None:
        self._database = database
        self._executor = executor
        self._keyring = keyring
        self._renewed: dict[Work, float] = {}
        """When each running workload last got a token (monotonic seconds)."""

    async def launch(self, queue: Queue, row: Row, lock: str) -> None:
        """Start a row whose lock is held, and give the lock back. What cannot be started now is tried again by the watch loop."""
        work = Work(queue, row.id)
        token = self._keyring.issue_worker(Worker(queue, row.id, row.attempt))
        launch = Launch(work, WorkloadSpec.model_validate(row.spec), tuple(row.placement), token)
        try:
            await self._executor.start(launch)
            self._renewed[work] = time.monotonic()
        except ExecutorError as error:
            log.warning("cannot start", queue=queue, id=row.id, error=str(error))
        async with self._database.transaction() as session:
            await locks.release(session, TABLES[queue], row.id, lock, row.state)
        self._database.changes.tell()  # the watch loop of this process need not wait for its tick

    def is_due(self, work: Work) -> bool:
        """Whether its token gets old."""
        return time.monotonic() - self._renewed.get(work, -RENEWAL) >= RENEWAL

    def forget(self, work: Work) -> None:
        self._renewed.pop(work, None)
