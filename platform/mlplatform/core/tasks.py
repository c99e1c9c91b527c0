"""Tasks: submit, look at, cancel."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform import policy
from mlplatform.core import access, audit, cache, operators, pages, replies, requests, tenants, versions
from mlplatform.core.pages import Page, Want
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem, conflict, not_found
from mlplatform.models.base import Text
from mlplatform.models.workload import Reason, SubmittedBatch, TaskRequest, TaskState, TaskView, WorkloadSpec
from mlplatform.storage.tables import Artifact, Task
from mlplatform.tokens import Caller

TASK = Text(en="task", zh="任务")
ENDED: tuple[TaskState, ...] = ("succeeded", "failed", "cancelled")


async def submit(platform: Platform, caller: Caller, request: TaskRequest) -> TaskView:
    """Put a task into the task queue.

    Raises:
        Problem: the request does not fit the operator, or an input is not there.
    """
    async with platform.database.transaction() as session:
        task = view(await add(platform, session, caller, request), {})
        audit.record(session, f"task {task.id}")
        await replies.keep(session, task)
    return task


async def submit_all(platform: Platform, caller: Caller, batch: Sequence[TaskRequest]) -> SubmittedBatch:
    """Put tasks into the task queue, all of them or none.

    Raises:
        Problem: as `submit`; its detail says which one it is about.
    """
    added: list[Task] = []
    async with platform.database.transaction() as session:
        for number, request in enumerate(batch):
            try:
                added.append(await add(platform, session, caller, request))
            except Problem as error:
                detail = f"items.{number}: {error.detail}"
                raise Problem(error.status, error.code, error.title, detail, **error.more) from error
        audit.record(session, f"tasks {added[0].id} to {added[-1].id}")
        batched = SubmittedBatch(items=[view(task, {}) for task in added])
        await replies.keep(session, batched)
    return batched


async def add(
    platform: Platform, session: AsyncSession, caller: Caller, request: TaskRequest, origin: str | None = None
) -> Task:
    """Put a task into the task queue as a part of the session's transaction; nothing is written when it is refused.

    Args:
        origin: what it is submitted for, of which there can be one task only.

    Raises:
        Problem: as `submit`.
    """
    task = await resolved(platform, session, caller, request)
    task.origin = origin
    await requests.enqueue(platform, session, task)
    return task


async def resolved(platform: Platform, session: AsyncSession, caller: Caller, request: TaskRequest) -> Task:
    """The task of a request, checked and resolved, in no queue yet.

    Raises:
        Problem: as `submit`.
    """
    found = await operators.find(platform, session, caller, request.operator, "train")
    columns = await requests.columns(platform, session, caller, found, request=request, inputs=request.inputs)
    return Task(
        **columns,
        content_key=await cache.key(session, found.operator, WorkloadSpec.model_validate(columns["spec"])),
        metrics={},
        timeout=request.timeout,
        deadline=request.deadline,
        retries=request.retries,
        attempt=0,
        paused=False,
    )


async def get(platform: Platform, caller: Caller, id_: str, action: policy.Action = "see") -> TaskView:
    """One task, for a caller who may do this with it.

    Raises:
        Problem: 404, 403.
    """
    async with platform.database.reading() as session:
        task = await session.get(Task, id_)
        if task is None:
            raise not_found(TASK, id_)
        policy.require(caller, action, task, not_found(TASK, id_))
        return view(task, (await _outputs(session, [id_])).get(id_, {}))


async def _outputs(session: AsyncSession, ids: list[str]) -> dict[str, dict[str, str]]:
    """Artifact ids by output name, by task."""
    theirs = select(Artifact.task_id, Artifact.name, Artifact.id).where(
        Artifact.kind == "output", Artifact.task_id.in_(ids)
    )
    found: dict[str, dict[str, str]] = {}
    for task_id, name, id_ in await session.execute(theirs.order_by(Artifact.name)):
        found.setdefault(str(task_id), {})[name.partition("/")[2]] = id_
    return found


async def _require_version(session: AsyncSession, id_: str) -> None:
    """Refuse a change that is bound to another version than this.

    Raises:
        Problem: 412.
    """
    if versions.wanted() and (task := await session.get(Task, id_, with_for_update=True)):
        versions.require(view(task, (await _outputs(session, [id_])).get(id_, {})))


async def list_page(platform: Platform, caller: Caller, state: str | None, want: Want) -> Page[TaskView]:
    """Tasks, newest first."""
    query = select(Task).where(access.visible(caller, Task))
    if state:
        query = query.where(Task.state == state)
    async with platform.database.reading() as session:
        page = await pages.read(session, query, Task.id, want, newest_first=True)
        outputs = await _outputs(session, [t.id for t in page.items])
    return page.map(lambda task: view(task, outputs.get(task.id, {})))


async def cancel(platform: Platform, caller: Caller, id_: str) -> TaskView:
    """Take a task out of the queue, or stop it. Cancelling twice is no error.

    Raises:
        Problem: 403, 404, or 409 when it has ended by itself.
    """
    await get(platform, caller, id_, "cancel")
    by = cancelled_by(caller.subject)
    async with platform.database.transaction() as session:
        await _require_version(session, id_)
        await stop(session, [id_], by)
        await _changed(platform, session, id_, unless=("succeeded", "failed"))
    return await get(platform, caller, id_)


def cancelled_by(who: str) -> Reason:
    return Reason(code="cancelled", text=Text(en="Cancelled by {who}.", zh="已由 {who} 取消。").format(who=who))


async def stop(session: AsyncSession, ids: Sequence[str], by: Reason) -> None:
    """Cancel the tasks among these that have not ended."""
    mine = update(Task).where(Task.id.in_(ids)).execution_options(synchronize_session=False)
    now, reason = datetime.now(UTC), by.model_dump()
    # Tried in the order of a task's life, so that one which moves on meanwhile is caught by the next line.
    await session.execute(mine.where(Task.state == "queued").values(state="cancelled", finished_at=now, reason=reason))
    runs = mine.where(Task.state.in_(["starting", "running", "requeuing"]))
    await session.execute(runs.values(state="cancelling", reason=reason))


async def set_priority(platform: Platform, caller: Caller, id_: str, priority: int) -> TaskView:
    """Move a waiting task up or down in its tenant's part of the queue.

    Raises:
        Problem: 404, 403 for others' work or beyond the tenant's highest priority, 409 when it does not wait any more.
    """
    task = await get(platform, caller, id_)
    action: policy.Action = "prioritise" if task.owner == caller.subject else "prioritise_others"
    policy.require(caller, action, task, not_found(TASK, id_))
    async with platform.database.transaction() as session:
        await _require_version(session, id_)
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
        await _require_version(session, id_)
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
        await _require_version(session, id_)
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
    await platform.database.changes.announce(session, f"task/{id_}")


def view(task: Task, outputs: dict[str, str]) -> TaskView:
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
        outputs=outputs,
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
