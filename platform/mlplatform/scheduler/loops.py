"""The loops around the decision: dispatch what may start, follow what runs. Of several processes that run them one leads and works."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from mlplatform.core.platform import Platform
from mlplatform.executors.base import Executor, ExecutorError
from mlplatform.metrics import LEADS
from mlplatform.scheduler import view
from mlplatform.scheduler.cron import Timekeeper
from mlplatform.scheduler.dispatch import Dispatcher
from mlplatform.scheduler.launch import Launcher
from mlplatform.scheduler.runs import RunKeeper
from mlplatform.scheduler.state import Queue
from mlplatform.scheduler.watch import Watcher
from mlplatform.storage.leases import TERM, Leadership

log = structlog.get_logger()
RENEW = TERM.total_seconds() / 3
"""Seconds between two renewals of the lease, and the longest that a loop sleeps."""
WAITING = 2.0
"""Seconds between two looks while something waits: for what no change announces, as a node that comes or goes."""
REST = 0.02
"""Seconds from the end of a round to the next at least: what changes in quick succession is looked at once. A loop that follows what runs
rests as long as its round took, so that it asks an executor half of the time at most."""
SETTLED = 2.0
"""Seconds between two looks at services that are ready."""


class Scheduler:
    """Carries out decisions on one platform with one executor.

    Args:
        tick: seconds between two looks at running work, whose end nobody announces.
    """

    def __init__(self, platform: Platform, executor: Executor, tick: float) -> None:
        self._changes = platform.database.changes
        self._tick = tick
        self._leadership = Leadership(platform.database, view.LEASE)
        self._held = -RENEW
        """When the lease was renewed last (monotonic seconds)."""
        self._renewing = asyncio.Lock()
        launcher = Launcher(platform.database, executor, platform.keyring)
        record = platform.settings.trace
        self._dispatcher = Dispatcher(platform.database, executor, launcher, self._leadership, record)
        self._watcher = Watcher(platform.database, executor, launcher)
        self._runs = RunKeeper(platform)
        self._timekeeper = Timekeeper(platform)

    async def run(self) -> None:
        """Until cancelled. A loop that fails says so and goes on: the next round sees the world as it is then."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._changes.listen())
                for step in (self.dispatch, self.watch_tasks, self.watch_services, self.advance_runs, self.keep_time):
                    group.create_task(self._repeat(step))
        finally:
            await self._leadership.release()

    async def _repeat(self, step: Callable[[], Awaitable[float]]) -> None:
        changed = self._changes.subscribe()
        while True:
            changed.clear()
            began = time.monotonic()
            pause = self._tick
            try:
                if await self.leads():
                    pause = await step()
                else:
                    pause = RENEW
            except (ExecutorError, SQLAlchemyError, OSError) as error:
                log.warning("a round failed", step=step.__name__, error=str(error))
            except Exception:
                log.exception("a round met a defect", step=step.__name__)
            try:
                rest = REST if step == self.dispatch else max(REST, time.monotonic() - began)
                await asyncio.sleep(min(rest, pause))
                async with asyncio.timeout(pause):
                    await changed.wait()
            except TimeoutError:
                continue

    async def leads(self) -> bool:
        """Whether this process leads; takes or renews the lease when that is due."""
        async with self._renewing:
            if time.monotonic() - self._held >= RENEW:
                if not await self._leadership.hold():
                    self._held = -RENEW
                    LEADS.set(0)
                    return False
                self._held = time.monotonic()
                LEADS.set(1)
        return True

    async def dispatch(self) -> float:
        """One round of decisions; returns the seconds until the next, when nothing changes."""
        return WAITING if await self._dispatcher.round() else RENEW

    async def watch_tasks(self) -> float:
        """One round over the tasks that hold resources; returns as `dispatch`."""
        return await self._watch("task")

    async def watch_services(self) -> float:
        """One round over the services that hold resources; returns as `dispatch`."""
        return await self._watch("service")

    async def advance_runs(self) -> float:
        """One round over the runs of workflows; returns as `dispatch`."""
        await self._runs.round()
        return RENEW

    async def keep_time(self) -> float:
        """One round over the schedules; returns as `dispatch`."""
        return min(RENEW, await self._timekeeper.round())

    async def _watch(self, queue: Queue) -> float:
        return {"moving": self._tick, "settled": SETTLED, "nothing": RENEW}[await self._watcher.round(queue)]
