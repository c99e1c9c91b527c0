"""Schedules come due: each time begins a run or a task once, whoever looks and whatever died in between.

All times of a schedule that are due are dealt with in one transaction that locks its row first and moves on what it has seen; the key of
`schedule_entry` refuses a second entry for a time besides.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.core import access, requests, runs, tasks
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem
from mlplatform.models.base import Text
from mlplatform.models.schedule import ScheduleSpec
from mlplatform.models.workload import Reason
from mlplatform.scheduler.due import due, following
from mlplatform.storage.tables import Run, Schedule, ScheduleEntry, Task
from mlplatform.tokens import Caller, Role

log = structlog.get_logger()
KEPT = 1000
"""Entries of a schedule that can be looked at; older ones are dropped."""
_LEFT_OUT = Reason(
    code="still_running",
    text=Text(en="What an earlier time began still runs.", zh="较早触发的工作仍在运行。"),
)


class Timekeeper:
    """One round over the schedules that are due."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def round(self, now: datetime | None = None) -> float:
        """Returns the seconds until the next time; infinite when there is none."""
        now = now or datetime.now(UTC)
        async with self._platform.database.transaction() as session:
            ids = list(await session.scalars(select(Schedule.id).where(Schedule.next_at <= now)))
        for id_ in ids:
            try:
                async with self._platform.database.transaction() as session:
                    await self._deal(session, id_, now)
            except SQLAlchemyError:
                raise
            except Exception:
                log.exception("a schedule met a defect", schedule=id_)  # the others go on
        async with self._platform.database.transaction() as session:
            nearest = await session.scalar(select(func.min(Schedule.next_at)).where(Schedule.next_at > now))
        return (nearest - datetime.now(UTC)).total_seconds() if nearest else float("inf")

    async def _deal(self, session: AsyncSession, id_: str, now: datetime) -> None:
        """Everything that is due of one schedule."""
        schedule = await session.get(Schedule, id_, with_for_update=True)
        if schedule is None or schedule.next_at is None or schedule.next_at > now:
            return
        spec = ScheduleSpec.model_validate(schedule.spec)
        for time in due(spec, schedule.seen_until, now):
            entry = await self._entry(session, schedule, spec, time)
            session.add(entry)
            log.info("due", schedule=schedule.name, time=time.isoformat(), state=entry.state)
        schedule.seen_until, schedule.next_at = now, following(spec, now)
        await session.flush()
        mine = ScheduleEntry.schedule_id == id_
        oldest = (
            select(ScheduleEntry.due_at).where(mine).order_by(ScheduleEntry.due_at.desc()).offset(KEPT - 1).limit(1)
        )
        if bound := await session.scalar(oldest):
            await session.execute(delete(ScheduleEntry).where(mine, ScheduleEntry.due_at < bound))

    async def _entry(
        self, session: AsyncSession, schedule: Schedule, spec: ScheduleSpec, time: datetime
    ) -> ScheduleEntry:
        """What becomes of one time."""
        entry = ScheduleEntry(schedule_id=schedule.id, due_at=time, state="begun", created_at=datetime.now(UTC))
        caller = await access.with_grants(session, Caller(schedule.owner, cast(Role, schedule.role)))
        if spec.concurrency != "allow":
            alive_runs, alive_tasks = await self._alive(session, schedule.id)
            if spec.concurrency == "forbid" and (alive_runs or alive_tasks):
                entry.state, entry.reason = "left_out", _LEFT_OUT.model_dump()
                return entry
            for run in alive_runs:
                await runs.stop(self._platform, session, run, schedule.name)
            await tasks.stop(session, alive_tasks, tasks.cancelled_by(schedule.name))
        try:
            if spec.workflow is not None:
                entry.run_id = (await runs.begin(self._platform, session, caller, spec.workflow, spec.run)).id
            elif spec.task is not None:
                origin = f"{schedule.id}@{int(time.timestamp())}"
                entry.task_id = (await tasks.add(self._platform, session, caller, spec.task, origin)).id
        except Problem as problem:
            entry.state, entry.reason = "failed", requests.refused(problem).model_dump()
        await session.flush()  # the entry refers to it
        return entry

    async def _alive(self, session: AsyncSession, schedule_id: str) -> tuple[list[Run], list[str]]:
        """What earlier times began and has not ended: runs, and ids of tasks."""
        mine = ScheduleEntry.schedule_id == schedule_id
        living = select(Run).join(ScheduleEntry, ScheduleEntry.run_id == Run.id)
        living = living.where(mine, Run.state.in_(runs.ALIVE)).with_for_update(of=Run)
        ids = select(Task.id).join(ScheduleEntry, ScheduleEntry.task_id == Task.id)
        ids = ids.where(mine, Task.state.not_in(tasks.ENDED))
        return list(await session.scalars(living)), list(await session.scalars(ids))
