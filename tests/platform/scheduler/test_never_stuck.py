"""Whatever happens in whatever order, a task comes to an end or back into the queue: the real loops, an executor that does as chance says.

MLPLATFORM_STORIES: how many stories are told.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mlplatform.core import tasks
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem
from mlplatform.executors.base import ExecutorError, Launch, Status, Work
from mlplatform.scheduler.loops import Scheduler
from mlplatform.scheduler.state import Amount, Node
from mlplatform.storage.database import Database
from mlplatform.storage.tables import Lease, Task
from sqlalchemy import select, update

from tests.platform.scheduler.test_loops import ANN, submit

STORIES = int(os.environ.get("MLPLATFORM_STORIES", "4"))
EVENTS = 25
ROUNDS = 12
"""Of calm, after which everything has ended: start, run, end, take away, each seen a round later, and once more after a retry."""
FINAL = ("succeeded", "failed", "cancelled")


class Crash(BaseException):
    """The scheduler's process dies here: nothing of it goes on, as with SIGKILL."""


class Chance:
    """An executor whose calls fail, whose work dies in every way, and which kills the scheduler in the middle."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.calm = False
        self.living: dict[Work, Status] = {}
        self.ending: set[Work] = set()
        self.ran: dict[Work, list[int]] = {}
        """The attempts that ran of each, by their order."""
        self.deaths = 0

    async def nodes(self) -> list[Node]:
        self._hazard()
        return [Node(name="n1", total=Amount(cpu=1000, memory=8 << 30))]

    async def start(self, launch: Launch) -> None:
        self._hazard()
        if launch.work not in self.living:
            self.living[launch.work] = Status("running")
            self.ran.setdefault(launch.work, []).append(self.attempt_of(launch))
        self._hazard()  # done, but nobody heard of it

    async def statuses(self, works: Sequence[Work]) -> dict[Work, Status]:
        self._hazard()
        return {w: self.living.get(w, Status("absent")) for w in works}

    async def stop(self, work: Work) -> None:
        self._hazard()
        self.ending.add(work)  # begun: it is gone a while later, whoever lives then
        self._hazard()

    async def close(self) -> None: ...

    def happen(self) -> None:
        """Something becomes of what lives."""
        self._bury()
        for work in list(self.living):
            match self.rng.randrange(8):
                case 0:
                    self.living[work] = Status("succeeded")
                case 1:
                    self.living[work] = Status("failed", "replica 0: exit code 1")
                case 2:
                    self.living[work] = Status("failed", "the node n1 is lost", lost=True)
                case 3:
                    del self.living[work]  # deleted behind the platform's back
                case 4:
                    self.living[work] = Status("starting", "its containers are being made")

    def finish(self) -> None:
        """What runs ends well, and what was to end is gone."""
        self._bury()
        self.living = {w: s if s.phase == "failed" else Status("succeeded") for w, s in self.living.items()}

    def _bury(self) -> None:
        for work in self.ending:
            self.living.pop(work, None)
        self.ending.clear()

    def _hazard(self) -> None:
        if self.calm:
            return
        match self.rng.randrange(12):
            case 0:
                raise ExecutorError("the API server is away")
            case 1:
                self.deaths += 1
                raise Crash

    attempt_of: Any = None


@pytest.mark.parametrize("seed", range(STORIES))
async def test_every_task_ends_or_waits(platform: Platform, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    rng = random.Random(seed)
    chance = Chance(rng)
    chance.attempt_of = lambda launch: platform.keyring.check_worker(launch.token).attempt
    _crash_between_statements(monkeypatch, chance)
    scheduler = Scheduler(platform, chance, tick=0)
    ids = []
    for n in range(4):
        ids.append((await _surely(platform, chance, n % 3)).id)
    told: list[str] = []
    for _ in range(EVENTS):
        event = rng.choice(["round", "round", "round", "work", "cancel", "pause", "resume", "lease", "late"])
        told.append(event)
        scheduler = await _happen(platform, chance, scheduler, event, rng.choice(ids))
    chance.calm = True
    await _resume_all(platform, ids)
    for _ in range(ROUNDS):
        await _pass(platform)
        chance.finish()
        scheduler = await _round(platform, chance, scheduler)
    states = {id_: (await tasks.get(platform, ANN, id_)).state for id_ in ids}
    assert set(states.values()) <= set(FINAL), (seed, states, told)
    chance.finish()
    assert not chance.living, (seed, "something runs that nobody knows of")
    for work, attempts in chance.ran.items():  # an attempt whose process vanished while starting may run again
        assert attempts == sorted(attempts), (seed, work, "an old attempt started after a new one")


def _crash_between_statements(monkeypatch: pytest.MonkeyPatch, chance: Chance) -> None:
    """Before each transaction of the scheduler, and after it, its process may die; what was not committed is not there."""
    transaction = Database.transaction

    def hazardous(self: Database) -> Any:
        if not chance.calm and chance.rng.randrange(25) == 0:
            chance.deaths += 1
            raise Crash
        return transaction(self)

    monkeypatch.setattr(Database, "transaction", hazardous)


async def _surely(platform: Platform, chance: Chance, retries: int) -> Any:
    chance.calm = True
    task = await submit(platform, 0.4, retries=retries)
    chance.calm = False
    return task


async def _happen(platform: Platform, chance: Chance, scheduler: Scheduler, event: str, id_: str) -> Scheduler:
    if event == "round":
        return await _round(platform, chance, scheduler)
    if event == "work":
        chance.happen()
        return scheduler
    chance.calm = True  # what people do is not what dies here
    try:
        if event in ("cancel", "pause", "resume"):
            await getattr(tasks, event)(platform, ANN, id_)
        elif event == "lease":
            async with platform.database.transaction() as session:
                await session.execute(update(Lease).values(token="another's", expires=datetime.now(UTC)))
        else:
            async with platform.database.transaction() as session:
                limits = update(Task).where(Task.id == id_).values(timeout=1, started_at=_ago(60))
                await session.execute(limits.where(Task.started_at.is_not(None)))
    except Problem:
        pass  # it has ended already
    finally:
        chance.calm = False
    return scheduler


async def _round(platform: Platform, chance: Chance, scheduler: Scheduler) -> Scheduler:
    """One of each loop; a scheduler that died is followed by another, a while later."""
    try:
        for step in (scheduler.dispatch, scheduler.watch_tasks, scheduler.watch_services):
            try:
                if await scheduler.leads():
                    await step()
            except (ExecutorError, OSError):
                continue
    except BaseException as death:
        if not _is_crash(death):
            raise
        await _pass(platform)
        return Scheduler(platform, chance, tick=0)
    return scheduler


def _is_crash(death: BaseException) -> bool:
    if isinstance(death, BaseExceptionGroup):
        return all(_is_crash(inner) for inner in death.exceptions)
    return isinstance(death, Crash)


async def _pass(platform: Platform) -> None:
    """A minute goes by: leases and locks of the dead are over."""
    async with platform.database.engine.begin() as connection:
        await connection.execute(update(Lease).values(expires=_ago(1)))
        await connection.execute(update(Task).where(Task.lock_token.is_not(None)).values(lock_expires=_ago(1)))


async def _resume_all(platform: Platform, ids: list[str]) -> None:
    """Nobody holds back what waits, and no limit of a retry is in the way."""
    async with platform.database.transaction() as session:
        for row in await session.scalars(select(Task).where(Task.id.in_(ids))):
            row.paused = False


def _ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)
