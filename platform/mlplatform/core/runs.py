"""Runs of workflows: begin, look at, cancel, pause, retry. What follows of a step's end is scheduler/runs.py."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform import policy
from mlplatform.core import access, artifacts, audit, operators, pages, replies, tasks, tenants, versions, workflows
from mlplatform.core.pages import Page, Want
from mlplatform.core.platform import Platform
from mlplatform.errors import conflict, not_found
from mlplatform.ids import new_id
from mlplatform.models.base import Text
from mlplatform.models.run import RunDetail, RunRequest, RunState, RunView, StepTask, StepView
from mlplatform.models.workflow import WorkflowSpec
from mlplatform.models.workload import InputRef, Reason
from mlplatform.scheduler.progress import Item, state_of
from mlplatform.storage.tables import Run, RunItem, Task
from mlplatform.tokens import Caller

RUN = Text(en="run", zh="运行")
ALIVE = ("running", "cancelling")


async def create(platform: Platform, caller: Caller, workflow: str, request: RunRequest) -> RunDetail:
    """Begin a run of a stored workflow.

    Raises:
        Problem: as `begin`.
    """
    async with platform.database.transaction() as session:
        run = await _detail(session, await begin(platform, session, caller, workflow, request))
        audit.record(session, f"run {run.id}")
        await replies.keep(session, run)
    return run


async def begin(platform: Platform, session: AsyncSession, caller: Caller, workflow: str, request: RunRequest) -> Run:
    """Begin a run as a part of the session's transaction: parsed, checked, and its data sets and models fixed. Nothing is written
    when it is refused.

    Raises:
        Problem: 404 for the workflow, a data set or a model; of the tenant (404, 422, 403); 422 for what does not fit the operators any more.
    """
    tenant = await tenants.choose(session, caller, request.tenant, "submit", request.priority)
    stored = await workflows.find(session, caller, workflow, request.version)
    known = await operators.by_name(platform, session, caller)
    spec = (await asyncio.to_thread(workflows.read, known, workflow, stored.text)).spec
    pinned: dict[str, int] = {}
    for source in (source for step in spec.steps.values() for source in step.inputs.values() if source.step is None):
        artifact = await artifacts.find(session, caller, InputRef(dataset=source.dataset, model=source.model))
        pinned[f"{artifact.kind}/{artifact.name}"] = artifact.version
    run = Run(
        id=new_id(),
        workflow=workflow,
        version=stored.version,
        owner=caller.subject,
        role=caller.role,
        tenant=tenant,
        priority=request.priority,
        cache=request.cache,
        plan=spec.model_dump(exclude_unset=True),
        pinned=pinned,
        state="running",
        paused=False,
        woken=True,
        created_at=datetime.now(UTC),
    )
    session.add(run)
    await session.flush()  # its items refer to it
    session.add_all(
        RunItem(run_id=run.id, step=name, item=index, state="waiting", cached=False, attempt=0)
        for name, step in spec.steps.items()
        for index in range(len(step.items()))
    )
    await platform.database.changes.announce(session)
    return run


async def get(platform: Platform, caller: Caller, id_: str) -> RunDetail:
    """One run with its steps.

    Raises:
        Problem: 404.
    """
    async with platform.database.transaction() as session:
        return await _detail(session, await _find(session, caller, id_))


async def list_page(
    platform: Platform, caller: Caller, want: Want, *, workflow: str | None, state: RunState | None
) -> Page[RunView]:
    """Runs, newest first."""
    query = select(Run).where(access.visible(caller, Run))
    if workflow:
        query = query.where(Run.workflow == workflow)
    if state:
        query = query.where(Run.state == state)
    async with platform.database.transaction() as session:
        page = await pages.read(session, query, Run.id, want, newest_first=True)
    return page.map(lambda run: RunView(**_columns(run)))


async def cancel(platform: Platform, caller: Caller, id_: str) -> RunDetail:
    """Stop a run: what of it waits is taken out, what runs is stopped. Cancelling twice is no error.

    Raises:
        Problem: 404, 409 when it has ended by itself, or 412.
    """
    async with platform.database.transaction() as session:
        run = await _for_change(session, caller, id_, "cancel")
        if run.state in ("succeeded", "failed"):
            raise conflict("already_ended", Text(en="The run has already ended.", zh="运行已经结束。"), run.state)
        await stop(platform, session, run, caller.subject)
        return await _detail(session, run)


async def stop(platform: Platform, session: AsyncSession, run: Run, who: str) -> None:
    """Cancel a run whose row is locked, unless it has ended."""
    if run.state != "running":
        return
    by = tasks.cancelled_by(who)
    run.state, run.reason, run.woken = "cancelling", by.model_dump(), True
    for item in await _items(session, run.id):
        if item.state == "waiting":
            item.state, item.reason = "cancelled", by.model_dump()
    living = await _living(session, run.id)
    await tasks.stop(session, living, by)
    await platform.database.changes.announce(session, *(f"task/{id_}" for id_ in living))


async def set_paused(platform: Platform, caller: Caller, id_: str, paused: bool) -> RunDetail:
    """Hold a run back, or let it go on: nothing more of it starts meanwhile; what runs, runs to its end. Twice is no error.

    Raises:
        Problem: 404, 409 when it does not run, or 412.
    """
    async with platform.database.transaction() as session:
        run = await _for_change(session, caller, id_, "pause")
        if run.state != "running":
            raise conflict("already_ended", Text(en="The run does not run any more.", zh="运行已不在进行。"), run.state)
        run.paused, run.woken = paused, True
        mine = update(Task).where(Task.id.in_(await _living(session, id_)), Task.state == "queued")
        await session.execute(mine.values(paused=paused).execution_options(synchronize_session=False))
        await platform.database.changes.announce(session)
        return await _detail(session, run)


async def retry(platform: Platform, caller: Caller, id_: str) -> RunDetail:
    """Let a run that failed or was cancelled go on: what succeeded stays, the rest is done again.

    Raises:
        Problem: 404, 409 while it runs or when it succeeded, or 412.
    """
    async with platform.database.transaction() as session:
        run = await _for_change(session, caller, id_, "submit")
        if run.state not in ("failed", "cancelled"):
            nothing = Text(en="There is nothing to retry.", zh="没有可重试的内容。")
            raise conflict("nothing_to_retry", nothing, f"the run is {run.state}")
        run.state, run.reason, run.paused, run.woken, run.finished_at = "running", None, False, True, None
        for item in await _items(session, id_):
            if item.state != "succeeded":
                item.state, item.reason, item.task_id = "waiting", None, None
                item.attempt += 1
        await platform.database.changes.announce(session)
        return await _detail(session, run)


async def items(session: AsyncSession, run: Run) -> list[tuple[RunItem, Task | None]]:
    """The items of a run in order, each with its task."""
    query = select(RunItem, Task).outerjoin(Task, Task.id == RunItem.task_id).where(RunItem.run_id == run.id)
    return [(item, task) for item, task in await session.execute(query.order_by(RunItem.step, RunItem.item))]


def progress_item(item: RunItem, task: Task | None) -> Item:
    """An item as scheduler/progress.py sees it."""
    return Item(item.step, item.item, item.state, item.task_id or "", task.metrics if task else {})  # type: ignore[arg-type]  # the column holds nothing else


async def _find(
    session: AsyncSession, caller: Caller, id_: str, action: policy.Action = "see", *, lock: bool = False
) -> Run:
    run = await session.get(Run, id_, with_for_update=lock)
    if run is None:
        raise not_found(RUN, id_)
    policy.require(caller, action, run, not_found(RUN, id_))
    return run


async def _for_change(session: AsyncSession, caller: Caller, id_: str, action: policy.Action) -> Run:
    """A run whose row is locked, as the caller saw it, who may do this with it; the audit log is told.

    Raises:
        Problem: 403, 404, 412.
    """
    run = await _find(session, caller, id_, action, lock=True)
    audit.record(session, f"run {id_}")
    if versions.wanted():
        versions.require(await _detail(session, run))
    return run


async def _items(session: AsyncSession, run_id: str) -> Sequence[RunItem]:
    return list(await session.scalars(select(RunItem).where(RunItem.run_id == run_id)))


async def _living(session: AsyncSession, run_id: str) -> Sequence[str]:
    """The ids of the run's own tasks that have not ended as far as the run knows."""
    query = select(RunItem.task_id).where(RunItem.run_id == run_id, RunItem.state == "running")
    return [id_ for id_ in await session.scalars(query) if id_ is not None]


def _columns(run: Run) -> dict[str, Any]:
    return {name: getattr(run, name) for name in RunView.model_fields}


async def _detail(session: AsyncSession, run: Run) -> RunDetail:
    await session.flush()
    spec = WorkflowSpec.model_validate(run.plan)
    found: dict[str, list[tuple[RunItem, Task | None]]] = {name: [] for name in spec.steps}
    for item, task in await items(session, run):
        found[item.step].append((item, task))
    steps: dict[str, StepView] = {}
    for name, step in spec.steps.items():
        values = step.foreach.values if step.foreach else [None]
        shown = [_task(item, task, values[item.item]) for item, task in found[name]]
        steps[name] = StepView(
            operator=step.operator,
            state=state_of([progress_item(*pair) for pair in found[name]]),
            reason=next((task.reason for task in shown if task.reason), None),
            tasks=shown,
        )
    return RunDetail(**_columns(run), steps=steps)


def _task(item: RunItem, task: Task | None, value: Any) -> StepTask:
    reason = task.reason if task and item.state == "running" else item.reason
    return StepTask(
        id=item.task_id,
        value=value,
        state=item.state,  # type: ignore[arg-type]  # the column holds nothing else
        reason=Reason.model_validate(reason) if reason else None,
        cached=item.cached,
        metrics=task.metrics if task else {},
    )
