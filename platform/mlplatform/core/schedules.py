"""Schedules: write, look at, pause, remove. What follows at their times is scheduler/cron.py."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete as remove
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform import policy
from mlplatform.core import audit, pages, tasks, versions, workflows
from mlplatform.core.pages import Page, Want
from mlplatform.core.platform import Platform
from mlplatform.errors import conflict, not_found
from mlplatform.ids import new_id
from mlplatform.models.base import Text
from mlplatform.models.schedule import EntryView, ScheduleSpec, ScheduleView
from mlplatform.models.workload import Reason
from mlplatform.scheduler.due import following
from mlplatform.storage.tables import Schedule, ScheduleEntry
from mlplatform.tokens import Caller

SCHEDULE = Text(en="schedule", zh="定时计划")


async def put(platform: Platform, caller: Caller, name: str, spec: ScheduleSpec) -> tuple[ScheduleView, bool]:
    """Write a schedule; its times count from now on. Writing what it says already changes nothing. Returns whether it is new.

    Raises:
        Problem: 404 for its workflow; as a task's submission, for its task; 409 when the name is another owner's, 412 when it is another than the
            caller saw.
    """
    now = datetime.now(UTC)
    async with platform.database.transaction() as session:
        row = await session.scalar(select(Schedule).where(Schedule.name == name).with_for_update())
        if row and not policy.is_own(caller, row.owner):
            taken = Text(en="This name belongs to somebody else.", zh="该名称属于其他用户。")
            raise conflict("name_taken", taken, name)
        audit.record(session, f"schedule {name}")
        await _require_version(session, row)
        if row and ScheduleSpec.model_validate(row.spec) == spec:
            return await _view(session, row), False
        if spec.workflow is not None:
            await workflows.find(session, caller, spec.workflow, spec.run.version)
        elif spec.task is not None:
            await tasks.resolved(platform, session, caller, spec.task)  # and not submitted yet
        new = row is None
        if row is None:
            row = Schedule(id=new_id(), name=name, owner=caller.subject, paused=False, created_at=now)
            session.add(row)
        if row.owner == caller.subject:
            row.role = caller.role
        row.spec, row.seen_until = spec.model_dump(mode="json"), now
        row.next_at = None if row.paused else following(spec, now)
        await platform.database.changes.announce(session)
        return await _view(session, row), new


async def get(platform: Platform, caller: Caller, name: str) -> ScheduleView:
    """One schedule.

    Raises:
        Problem: 404.
    """
    async with platform.database.transaction() as session:
        return await _view(session, await _find(session, caller, name))


async def list_page(platform: Platform, caller: Caller, want: Want) -> Page[ScheduleView]:
    """Every schedule, by name."""
    query = select(Schedule)
    if caller.role != "admin":
        query = query.where(Schedule.owner == caller.subject)
    async with platform.database.transaction() as session:
        page = await pages.read(session, query, Schedule.name, want)
        return Page([await _view(session, row) for row in page.items], page.next)


async def entries(platform: Platform, caller: Caller, name: str, want: Want) -> Page[EntryView]:
    """What became of its last times, newest first.

    Raises:
        Problem: 404.
    """
    async with platform.database.transaction() as session:
        row = await _find(session, caller, name)
        query = select(ScheduleEntry).where(ScheduleEntry.schedule_id == row.id)
        return (await pages.read(session, query, ScheduleEntry.due_at, want, newest_first=True)).map(_entry)


async def set_paused(platform: Platform, caller: Caller, name: str, paused: bool) -> ScheduleView:
    """Hold a schedule back, or let it go on: the times in between are not caught up. Twice is no error.

    Raises:
        Problem: 404, 412.
    """
    now = datetime.now(UTC)
    async with platform.database.transaction() as session:
        row = await _find(session, caller, name, lock=True)
        audit.record(session, f"schedule {name}")
        await _require_version(session, row)
        if row.paused and not paused:
            row.seen_until = now
        row.paused = paused
        row.next_at = None if paused else following(ScheduleSpec.model_validate(row.spec), row.seen_until)
        await platform.database.changes.announce(session)
        return await _view(session, row)


async def delete(platform: Platform, caller: Caller, name: str) -> None:
    """Remove a schedule. What it began goes on.

    Raises:
        Problem: 404, 412.
    """
    async with platform.database.transaction() as session:
        row = await _find(session, caller, name, lock=True)
        audit.record(session, f"schedule {name}")
        await _require_version(session, row)
        await session.execute(remove(ScheduleEntry).where(ScheduleEntry.schedule_id == row.id))
        await session.delete(row)


async def _find(session: AsyncSession, caller: Caller, name: str, *, lock: bool = False) -> Schedule:
    query = select(Schedule).where(Schedule.name == name)
    row: Schedule | None = await session.scalar(query.with_for_update() if lock else query)
    if row is None or not policy.is_own(caller, row.owner):
        raise not_found(SCHEDULE, name)
    return row


async def _require_version(session: AsyncSession, row: Schedule | None) -> None:
    """Refuse a change that is bound to another version than this.

    Raises:
        Problem: 412.
    """
    if versions.wanted():
        versions.require(await _view(session, row) if row else None)


async def _view(session: AsyncSession, row: Schedule) -> ScheduleView:
    last = select(func.max(ScheduleEntry.due_at)).where(ScheduleEntry.schedule_id == row.id)
    return ScheduleView(
        name=row.name,
        owner=row.owner,
        spec=ScheduleSpec.model_validate(row.spec),
        paused=row.paused,
        last=await session.scalar(last),
        next=row.next_at,
        created_at=row.created_at,
    )


def _entry(entry: ScheduleEntry) -> EntryView:
    return EntryView(
        due=entry.due_at,
        state=entry.state,  # type: ignore[arg-type]  # the column holds nothing else
        reason=Reason.model_validate(entry.reason) if entry.reason else None,
        run=entry.run_id,
        task=entry.task_id,
        created_at=entry.created_at,
    )
