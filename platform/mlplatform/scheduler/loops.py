"""The loops around the decision: dispatch what may start, follow what runs. No network call happens inside a transaction."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from mlplatform.core import states
from mlplatform.core.platform import Platform
from mlplatform.executors.base import Executor, ExecutorError, Launch, Status, Work
from mlplatform.models.base import Text
from mlplatform.models.quantity import millicores, parse
from mlplatform.models.workload import Reason, WorkloadSpec
from mlplatform.scheduler import reasons, trace
from mlplatform.scheduler.decide import ESTIMATE, decide
from mlplatform.scheduler.state import Amount, Node, Pending, Queue, Running, Start, State, Wait
from mlplatform.storage import locks
from mlplatform.storage.tables import Service, Task
from mlplatform.tokens import WORKER_TTL, Worker

log = structlog.get_logger()
Row = Task | Service
TABLES: dict[Queue, locks.Row] = {"service": Service, "task": Task}
RENEWAL = WORKER_TTL / 4
"""Seconds between two tokens of a running workload: a pod that is made anew starts with the one that it finds."""
ENDED = frozenset({"succeeded", "failed", "cancelled", "stopped"})


class Scheduler:
    """Carries out decisions on one platform with one executor. One process of it at a time."""

    def __init__(self, platform: Platform, executor: Executor, tick: float) -> None:
        self._database = platform.database
        self._keyring = platform.keyring
        self._executor = executor
        self._tick = tick
        self._trace = platform.settings.trace
        self._renewed: dict[Work, float] = {}
        """When each running workload last got a token (monotonic seconds)."""

    async def run(self) -> None:
        """Until cancelled. A loop that fails says so and goes on: the next round sees the world as it is then."""
        async with asyncio.TaskGroup() as group:
            for step in (self.dispatch, self.watch_tasks, self.watch_services):
                group.create_task(self._repeat(step))

    async def _repeat(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except (ExecutorError, SQLAlchemyError, OSError) as error:
                log.warning("a round failed", step=step.__name__, error=str(error))
            except Exception:
                log.exception("a round met a defect", step=step.__name__)
            await asyncio.sleep(self._tick)

    async def dispatch(self) -> None:
        """One round: look, decide, start what may start, note why the rest waits."""
        if not await self._rows("queued"):
            return
        nodes = await self._executor.nodes()
        state, now = await self._state(nodes), time.time()
        decisions = decide(state, now)
        if self._trace and not all(isinstance(d, Wait) for d in decisions):
            with self._trace.open("ab") as file:
                file.write(trace.line(state, now, decisions))
        starts: list[Start] = []
        waiting = {item.id: item for item in state.pending}
        for decision in decisions:
            if isinstance(decision, Start):
                starts.append(decision)
            elif isinstance(decision, Wait):
                await self._note(decision, waiting[decision.id])
        for start in starts:
            await self._start(start)

    async def _state(self, nodes: Sequence[Node]) -> State:
        running, pending = [], []
        for queue, table in TABLES.items():
            async with self._database.transaction() as session:
                live = table.state.in_([*states.HOLDING, "queued"])
                rows: list[Row] = list(await session.scalars(select(table).where(live)))
            for row in rows:
                spec = WorkloadSpec.model_validate(row.spec)
                if row.state == "queued":
                    pending.append(_pending(row, queue, spec))
                else:
                    running.append(_running(row, queue, spec))
        return State(nodes=tuple(nodes), running=tuple(running), pending=tuple(pending))

    async def _note(self, wait: Wait, item: Pending) -> None:
        """Write down which rule holds it, when that changed."""
        table = TABLES[wait.queue]
        reason = Reason(code=wait.why.rule, text=reasons.brief(wait.why.rule, item)).model_dump()
        async with self._database.transaction() as session:
            row: Row | None = await session.get(table, wait.id)
            if row and row.state == "queued" and row.reason != reason:
                row.reason = reason
                log.info("waits", queue=wait.queue, id=wait.id, rule=wait.why.rule)

    async def _start(self, start: Start) -> None:
        """Mark it as starting first: after a crash in between, the watch loop finds it and starts it again."""
        table = TABLES[start.queue]
        async with self._database.transaction() as session:
            token = await locks.claim(session, table, start.id, "queued")
            if token is None:
                return
            moved = {"state": "starting", "placement": list(start.placement), "reason": None, "started_at": _now()}
            await session.execute(
                update(table)
                .where(table.id == start.id, table.lock_token == token)
                .values(**moved)
                .execution_options(synchronize_session=False)
            )
            row: Row | None = await session.get(table, start.id, populate_existing=True)
        assert row is not None
        log.info("starts", queue=start.queue, id=start.id, nodes=list(start.placement))
        await self._launch(start.queue, row, token)

    async def _launch(self, queue: Queue, row: Row, lock: str) -> None:
        launch = Launch(
            Work(queue, row.id),
            WorkloadSpec.model_validate(row.spec),
            tuple(row.placement),
            self._keyring.issue_worker(Worker(queue, row.id)),
        )
        try:
            await self._executor.start(launch)
            self._renewed[launch.work] = time.monotonic()
        except ExecutorError as error:
            log.warning("cannot start", queue=queue, id=row.id, error=str(error))
        async with self._database.transaction() as session:
            await locks.release(session, TABLES[queue], row.id, lock, row.state)

    async def watch_tasks(self) -> None:
        """One round over the tasks that hold resources."""
        await self._watch("task")

    async def watch_services(self) -> None:
        """One round over the services that hold resources."""
        await self._watch("service")

    async def _watch(self, queue: Queue) -> None:
        rows = [row for q, row in await self._rows(*states.HOLDING) if q == queue]
        if not rows:
            return
        statuses = await self._executor.statuses([Work(queue, row.id) for row in rows])
        for row in rows:
            await self._advance(queue, row, statuses[Work(queue, row.id)])

    async def _advance(self, queue: Queue, row: Row, status: Status) -> None:
        """Move one row on by what the executor says."""
        table, work = TABLES[queue], Work(queue, row.id)
        values = _next(queue, row, status)
        if values is None and time.monotonic() - self._renewed.get(work, -RENEWAL) >= RENEWAL:
            values = {}  # nothing new, but its token gets old
        if values is None:
            return
        async with self._database.transaction() as session:
            lock = await locks.claim(session, table, row.id, row.state)
        if lock is None:
            return  # it moved on, or somebody works on it: the next round sees
        if not values and row.state not in ("cancelling", "stopping"):
            await self._launch(queue, row, lock)
            return
        new = values.get("state")
        if new in ENDED or row.state in ("cancelling", "stopping"):
            try:
                await self._executor.stop(work)
                self._renewed.pop(work, None)
            except ExecutorError as error:
                log.warning("cannot stop", queue=queue, id=row.id, error=str(error))
                values = {}
        if new:
            states.check(row.state, new)
            log.info("state", queue=queue, id=row.id, old=row.state, new=new, detail=status.detail)
        async with self._database.transaction() as session:
            await locks.release(session, table, row.id, lock, row.state, **values)

    async def _rows(self, *wanted: str) -> list[tuple[Queue, Row]]:
        found: list[tuple[Queue, Row]] = []
        for queue, table in TABLES.items():
            async with self._database.transaction() as session:
                rows: list[Row] = list(await session.scalars(select(table).where(table.state.in_(wanted))))
                found += [(queue, row) for row in rows]
        return found


def _next(queue: Queue, row: Row, status: Status) -> dict[str, Any] | None:
    """What to write for a row whose executor says `status`: None for nothing, an empty dict for an action without a change."""
    phase = status.phase
    if row.state in ("cancelling", "stopping"):
        if phase != "absent":
            return {}
        return {"state": "cancelled" if queue == "task" else "stopped", "finished_at": _now()}
    if phase == "absent" and row.state == "ready":
        return {"state": "starting", **_no_endpoint(queue)}  # started anew in the next round: a service is to live
    if phase == "failed" or (phase == "absent" and row.state != "starting"):
        detail = status.detail or "what ran it is gone"
        return {
            "state": "failed",
            "finished_at": _now(),
            "reason": _failure(detail),
            **_no_endpoint(queue),
        }
    if phase == "absent":
        return {}
    if phase == "succeeded":
        return {"state": "succeeded", "finished_at": _now()}
    if phase == "ready" and row.state != "ready":
        return {"state": "ready", "reason": None, "endpoint": status.endpoint}
    if phase == "running" and row.state == "starting" and queue == "task":
        return {"state": "running", "reason": None}
    if phase == "starting" and row.state == "ready":
        return {"state": "starting", "reason": _starting(status.detail), **_no_endpoint(queue)}
    if phase == "starting" and row.reason != (reason := _starting(status.detail)):
        return {"reason": reason}
    return None


def _no_endpoint(queue: Queue) -> dict[str, Any]:
    return {"endpoint": None} if queue == "service" else {}


def _failure(detail: str) -> dict[str, Any]:
    text = Text(en="It failed: {detail}", zh="运行失败：{detail}").format(detail=detail)
    return Reason(code="failed", text=text).model_dump()


def _starting(detail: str) -> dict[str, Any]:
    text = Text(en="It is starting: {detail}", zh="正在启动：{detail}").format(detail=detail or "…")
    return Reason(code="starting", text=text).model_dump()


def _each(spec: WorkloadSpec) -> Amount:
    wants = spec.resources
    return Amount(cpu=millicores(wants.cpu), memory=int(parse(wants.memory)), gpu=wants.gpu.count)


def _running(row: Row, queue: Queue, spec: WorkloadSpec) -> Running:
    started = (row.started_at or row.created_at).timestamp()
    return Running(
        id=row.id,
        name=row.name,
        queue=queue,
        each=_each(spec),
        placement=tuple(row.placement),
        started=started,
        ends=None if queue == "service" else started + ESTIMATE,
        ending=row.state in ("cancelling", "stopping"),
    )


def _pending(row: Row, queue: Queue, spec: WorkloadSpec) -> Pending:
    return Pending(
        id=row.id,
        name=row.name,
        queue=queue,
        priority=row.priority,
        since=row.created_at.timestamp(),
        each=_each(spec),
        replicas=spec.resources.replicas,
        gpu_models=tuple(spec.resources.gpu.models),
    )


def _now() -> datetime:
    return datetime.now(UTC)
