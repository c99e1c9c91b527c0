"""Tasks: submit, look at, cancel."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform import policy
from mlplatform.core import access, audit, lineage, requests, tenants
from mlplatform.core.platform import Platform
from mlplatform.errors import conflict, not_found
from mlplatform.ids import new_id
from mlplatform.models.base import Text
from mlplatform.models.workload import Reason, TaskRequest, TaskView, WorkloadSpec
from mlplatform.storage.tables import Artifact, Task
from mlplatform.tokens import Caller

TASK = Text(en="task", zh="任务")


async def submit(platform: Platform, caller: Caller, request: TaskRequest) -> TaskView:
    """Put a task into the task queue.

    Raises:
        Problem: the request does not fit the operator, or an input is not there.
    """
    operator = requests.find_operator(platform, request.operator, "train")
    async with platform.database.transaction() as session:
        tenant = await tenants.choose(session, caller, request.tenant, "submit", request.priority)
        spec = await requests.resolve(
            platform,
            session,
            caller,
            operator,
            params=request.params,
            inputs=request.inputs,
            resources=request.resources,
        )
        task = Task(
            id=new_id(),
            name=request.name or operator.metadata.name,
            owner=caller.subject,
            tenant=tenant,
            operator=operator.metadata.name,
            operator_version=operator.metadata.version,
            spec=spec.model_dump(),
            priority=request.priority,
            state="queued",
            placement=[],
            metrics={},
            log_base={},
            timeout=request.timeout,
            deadline=request.deadline,
            retries=request.retries,
            attempt=0,
            paused=False,
            created_at=datetime.now(UTC),
        )
        session.add(task)
        lineage.used(session, spec.inputs, task.id)
        audit.record(session, f"task {task.id}")
        await platform.database.changes.announce(session)
    return view(task, [])


async def get(platform: Platform, caller: Caller, id_: str, action: policy.Action = "see") -> TaskView:
    """One task, for a caller who may do this with it.

    Raises:
        Problem: 404, 403.
    """
    async with platform.database.transaction() as session:
        task = await session.get(Task, id_)
        if task is None:
            raise not_found(TASK, id_)
        policy.require(caller, action, task, not_found(TASK, id_))
        outputs = await session.scalars(select(Artifact).where(Artifact.kind == "output", Artifact.task_id == id_))
        return view(task, list(outputs))


async def list_page(
    platform: Platform, caller: Caller, state: str | None, cursor: str | None, limit: int
) -> tuple[list[TaskView], str | None]:
    """Tasks, newest first, and the cursor of the next page. A cursor is the last id: new tasks do not shift the pages."""
    query = select(Task).order_by(Task.id.desc()).limit(limit + 1)
    query = query.where(access.visible(caller, Task))
    if state:
        query = query.where(Task.state == state)
    if cursor:
        query = query.where(Task.id < cursor)
    async with platform.database.transaction() as session:
        tasks = list(await session.scalars(query))
        page = tasks[:limit]
        found = await session.scalars(
            select(Artifact).where(Artifact.kind == "output", Artifact.task_id.in_([t.id for t in page]))
        )
        outputs: dict[str | None, list[Artifact]] = {}
        for artifact in found:
            outputs.setdefault(artifact.task_id, []).append(artifact)
    views = [view(t, outputs.get(t.id, [])) for t in page]
    return views, page[-1].id if len(tasks) > limit else None


async def cancel(platform: Platform, caller: Caller, id_: str) -> TaskView:
    """Take a task out of the queue, or stop it. Cancelling twice is no error.

    Raises:
        Problem: 403, 404, or 409 when it has ended by itself.
    """
    await get(platform, caller, id_, "cancel")
    by = Reason(
        code="cancelled", text=Text(en="Cancelled by {who}.", zh="已由 {who} 取消。").format(who=caller.subject)
    ).model_dump()
    async with platform.database.transaction() as session:
        mine = update(Task).where(Task.id == id_).execution_options(synchronize_session=False)
        now = datetime.now(UTC)
        # Tried in the order of a task's life, so that one which moves on meanwhile is caught by the next line.
        await session.execute(mine.where(Task.state == "queued").values(state="cancelled", finished_at=now, reason=by))
        await session.execute(
            mine.where(Task.state.in_(["starting", "running", "requeuing"])).values(state="cancelling", reason=by)
        )
        await _changed(platform, session, id_, unless=("succeeded", "failed"))
    return await get(platform, caller, id_)


async def set_priority(platform: Platform, caller: Caller, id_: str, priority: int) -> TaskView:
    """Move a waiting task up or down in its tenant's part of the queue.

    Raises:
        Problem: 404, 403 for others' work or beyond the tenant's highest priority, 409 when it does not wait any more.
    """
    task = await get(platform, caller, id_)
    action: policy.Action = "prioritise" if task.owner == caller.subject else "prioritise_others"
    policy.require(caller, action, task, not_found(TASK, id_))
    async with platform.database.transaction() as session:
        await tenants.check_priority(session, caller, task.tenant, priority)
        waits = update(Task).where(Task.id == id_, Task.state == "queued").values(priority=priority)
        if not (await session.execute(waits.returning(Task.id))).all():
            raise conflict(
                "not_waiting", Text(en="The task does not wait any more.", zh="任务已不在等待。"), task.state
            )
        await _changed(platform, session, id_)
    return await get(platform, caller, id_)


async def pause(platform: Platform, caller: Caller, id_: str) -> TaskView:
    """Hold a task back: one that waits keeps its place, one that runs is stopped and goes back to the queue. Pausing twice is no error.

    Raises:
        Problem: 403, 404, or 409 when it has ended or is being cancelled.
    """
    await get(platform, caller, id_, "pause")
    by = Reason(
        code="paused", text=Text(en="Paused by {who}.", zh="已由 {who} 暂停。").format(who=caller.subject)
    ).model_dump()
    async with platform.database.transaction() as session:
        mine = update(Task).where(Task.id == id_).execution_options(synchronize_session=False)
        alive = Task.state.in_(["queued", "starting", "running", "requeuing"])
        await session.execute(mine.where(alive).values(paused=True))
        runs = Task.state.in_(["starting", "running"])
        await session.execute(mine.where(runs).values(state="requeuing", reason=by))
        await _changed(platform, session, id_, unless=("succeeded", "failed", "cancelling", "cancelled"))
    return await get(platform, caller, id_)


async def resume(platform: Platform, caller: Caller, id_: str) -> TaskView:
    """Let a paused task go on. Resuming one that is not paused is no error.

    Raises:
        Problem: 403, 404.
    """
    await get(platform, caller, id_, "pause")
    async with platform.database.transaction() as session:
        mine = update(Task).where(Task.id == id_).execution_options(synchronize_session=False)
        await session.execute(mine.values(paused=False))
        await _changed(platform, session, id_)
    return await get(platform, caller, id_)


async def _changed(platform: Platform, session: AsyncSession, id_: str, unless: Collection[str] = ()) -> None:
    """Tell of a change of a task, unless it had moved on to one of these states and nothing was changed.

    Raises:
        Problem: 409 when it had.
    """
    state = await session.scalar(select(Task.state).where(Task.id == id_))
    if state in unless:
        raise conflict("already_ended", Text(en="The task has already ended.", zh="任务已经结束。"), str(state))
    audit.record(session, f"task {id_}")
    await platform.database.changes.announce(session)


def view(task: Task, outputs: list[Artifact]) -> TaskView:
    spec = WorkloadSpec.model_validate(task.spec)
    return TaskView(
        id=task.id,
        name=task.name,
        owner=task.owner,
        tenant=task.tenant,
        operator=task.operator,
        operator_version=task.operator_version,
        params=spec.params,
        inputs=spec.inputs,
        outputs={a.name.partition("/")[2]: a.id for a in outputs},
        resources=spec.resources,
        priority=task.priority,
        timeout=task.timeout,
        deadline=task.deadline,
        retries=task.retries,
        paused=task.paused,
        state=task.state,  # type: ignore[arg-type]  # the column holds nothing else
        reason=Reason.model_validate(task.reason) if task.reason else None,
        placement=task.placement,
        metrics=task.metrics,
        created_at=task.created_at,
        started_at=task.started_at,
        finished_at=task.finished_at,
    )
