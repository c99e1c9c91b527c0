"""Runs of workflows go on: what a step needs has ended, so it becomes a task; what a run was told is carried out.

A run moves in one transaction that locks its row first: a crash leaves it as it was before or as it is after, and of two processes the
second sees what the first did. The database refuses a second task for the same step besides (`Task.origin`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.core import access, cache, requests, runs, tasks
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem
from mlplatform.models.workflow import Source, WorkflowSpec
from mlplatform.models.workload import InputRef, TaskRequest
from mlplatform.scheduler.progress import Close, End, Submit, progress
from mlplatform.storage.tables import Run, RunItem, Task
from mlplatform.tokens import Caller, Role

log = structlog.get_logger()
RETRIES = 3
"""How often a step starts anew when what ran it is lost: nobody watches a run all the time."""


class RunKeeper:
    """One round over the runs of which something can go on."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def round(self) -> int:
        """Returns how many runs were looked at."""
        over = select(RunItem.run_id).join(Task, Task.id == RunItem.task_id)
        over = over.where(RunItem.state == "running", Task.state.in_(tasks.ENDED))
        query = select(Run.id).where(Run.state.in_(runs.ALIVE), or_(Run.woken, Run.id.in_(over))).order_by(Run.id)
        async with self._platform.database.transaction() as session:
            ids = list(await session.scalars(query))
        for id_ in ids:
            try:
                async with self._platform.database.transaction() as session:
                    await self._advance(session, id_)
            except SQLAlchemyError:
                raise
            except Exception:
                log.exception("a run met a defect", run=id_)  # the others go on
        return len(ids)

    async def _advance(self, session: AsyncSession, id_: str) -> None:
        """Everything that is due in one run."""
        run = await session.get(Run, id_, with_for_update=True)
        if run is None or run.state not in runs.ALIVE:
            return
        run.woken = False
        for item, task in await runs.items(session, run):
            if item.state == "running" and task and task.state in tasks.ENDED:
                item.state, item.reason = task.state, task.reason
        if run.state == "cancelling":
            if all(item.state != "running" for item, _ in await runs.items(session, run)):
                self._end(run, "cancelled")
            return
        spec = WorkflowSpec.model_validate(run.plan)
        while True:
            rows = await runs.items(session, run)
            by_key = {(item.step, item.item): item for item, _ in rows}
            moves = progress(spec, [runs.progress_item(*row) for row in rows])
            if run.paused:
                moves = [move for move in moves if not isinstance(move, Submit)]
            for move in moves:
                if isinstance(move, Submit):
                    await self._submit(session, run, spec, move, by_key[move.step, move.index])
                elif isinstance(move, Close):
                    item = by_key[move.step, move.index]
                    item.state, item.reason = move.state, move.reason.model_dump()
                else:
                    self._finish(run, move)
            if not moves or run.state != "running":
                return

    async def _submit(self, session: AsyncSession, run: Run, spec: WorkflowSpec, move: Submit, item: RunItem) -> None:
        """Make a step a task, or find one that did the same."""
        step = spec.steps[move.step]
        caller = await access.with_grants(session, Caller(run.owner, cast(Role, run.role)))
        request = TaskRequest(
            operator=step.operator,
            name=f"{run.workflow}/{move.step}",
            tenant=run.tenant,
            params=step.items()[move.index],
            inputs={name: _reference(run, source, move.sources.get(name)) for name, source in step.inputs.items()},
            priority=run.priority,
            retries=RETRIES,
        )
        try:
            task = await tasks.resolved(self._platform, session, caller, request)
        except Problem as problem:
            item.state, item.reason = "failed", requests.refused(problem).model_dump()
            return
        if run.cache and step.cache is not False and task.content_key:
            done = await cache.find(session, caller, task.content_key)
            if done is not None:
                item.state, item.task_id, item.cached = "succeeded", done.id, True
                return
        task.origin = f"{run.id}/{move.step}/{move.index}/{item.attempt}"
        await requests.enqueue(self._platform, session, task)
        await session.flush()  # the item refers to it
        item.state, item.task_id = "running", task.id
        log.info("step", run=run.id, step=move.step, item=move.index, task=task.id)

    def _finish(self, run: Run, move: End) -> None:
        run.reason = move.reason.model_dump() if move.reason else None
        self._end(run, move.state)

    def _end(self, run: Run, state: str) -> None:
        run.state, run.finished_at = state, datetime.now(UTC)
        log.info("run", run=run.id, state=state)


def _reference(run: Run, source: Source, task: str | None) -> InputRef:
    if task is not None:
        return InputRef(task=task, output=source.output)
    kind, name = ("dataset", source.dataset) if source.dataset else ("model", source.model)
    return InputRef(dataset=source.dataset, model=source.model, version=run.pinned[f"{kind}/{name}"])
