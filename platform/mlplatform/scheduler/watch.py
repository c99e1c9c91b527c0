"""Following what runs: each row moves on by what the executor says. No network call happens inside a transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import structlog
from sqlalchemy import select

from mlplatform.core import logs, states
from mlplatform.executors.base import Executor, ExecutorError, Status, Work
from mlplatform.metrics import ENDS
from mlplatform.models.base import Text
from mlplatform.models.workload import Reason
from mlplatform.scheduler.launch import Launcher, Row
from mlplatform.scheduler.limits import CODES, overdue
from mlplatform.scheduler.state import Queue
from mlplatform.scheduler.view import TABLES
from mlplatform.storage import locks
from mlplatform.storage.database import Database
from mlplatform.storage.tables import Task

log = structlog.get_logger()


class Watcher:
    """One round over the workloads of a queue that hold resources."""

    def __init__(self, database: Database, executor: Executor, launcher: Launcher) -> None:
        self._database = database
        self._executor = executor
        self._launcher = launcher

    async def round(self, queue: Queue) -> Literal["nothing", "settled", "moving"]:
        """Returns what there was: nothing, services that are ready, or what may change at any moment."""
        table = TABLES[queue]
        async with self._database.transaction() as session:
            query = select(table).where(table.state.in_(states.HOLDING))
            rows: list[Row] = list(await session.scalars(query))
        if not rows:
            return "nothing"
        statuses = await self._executor.statuses([Work(queue, row.id) for row in rows])
        for row in rows:
            await self._advance(queue, row, statuses[Work(queue, row.id)])
        return "settled" if all(row.state == "ready" for row in rows) else "moving"

    async def _advance(self, queue: Queue, row: Row, status: Status) -> None:
        """Move one row on by what the executor says."""
        table, work = TABLES[queue], Work(queue, row.id)
        values = next_values(queue, row, status)
        if values is None and self._launcher.is_due(work):
            values = {}  # nothing new, but its token gets old
        if values is None:
            return
        async with self._database.transaction() as session:
            lock = await locks.claim(session, table, row.id, row.state)
        if lock is None:
            return  # it moved on, or somebody works on it: the next round sees
        if not values and row.state not in states.ENDING:
            await self._launcher.launch(queue, row, lock)
            return
        new = values.get("state")
        if new in states.ENDED or row.state in states.ENDING:
            try:
                await self._executor.stop(work)
                self._launcher.forget(work)
            except ExecutorError as error:
                log.warning("cannot stop", queue=queue, id=row.id, error=str(error))
                values, new = {}, None
        if new:
            states.check(row.state, new)
            log.info("state", queue=queue, id=row.id, old=row.state, new=new, detail=status.detail)
        async with self._database.transaction() as session:
            if new == "queued" and queue == "task":
                values["log_base"] = await logs.lengths(session, row.id)
            written = await locks.release(session, table, row.id, lock, row.state, **values)
            if new:
                await self._database.changes.announce(session, f"{queue}/{row.id}")
        if written and new in states.ENDED:
            ENDS.labels(queue, new).inc()


def next_values(queue: Queue, row: Row, status: Status) -> dict[str, Any] | None:
    """What to write for a row whose executor says `status`: None for nothing, an empty dict for an action without a change."""
    phase = status.phase
    going_on = row.state in ("starting", "running") and phase not in ("succeeded", "failed")
    if going_on and isinstance(row, Task) and (reason := overdue(row, _now())):
        return {"state": "cancelling", "reason": reason}
    if row.state in states.ENDING and not (row.state == "requeuing" and phase == "succeeded"):
        return _ended(queue, row) if phase == "absent" else {}
    if phase == "absent" and row.state == "ready":
        return {"state": "starting", **_no_endpoint(queue)}  # started anew in the next round: a service is to live
    if phase == "failed" or (phase == "absent" and row.state != "starting"):
        detail = status.detail or "what ran it is gone"
        if isinstance(row, Task) and row.retries and (status.lost or phase == "absent"):
            return {"state": "requeuing", "retries": row.retries - 1, "reason": _lost(detail)}
        if queue == "service" and status.lost:  # a service is to live, elsewhere if need be
            return {"state": "requeuing", "reason": _lost(detail), "endpoint": None}
        return {
            "state": "failed",
            "finished_at": _now(),
            "reason": _failure(detail),
            **_no_endpoint(queue),
        }
    if phase == "absent":
        return {}
    if phase == "succeeded":
        return {"state": "succeeded", "finished_at": _now(), "reason": None}
    if phase == "ready" and row.state != "ready":
        return {"state": "ready", "reason": None, "endpoint": status.endpoint}
    if phase == "running" and row.state == "starting" and queue == "task":
        return {"state": "running", "reason": None}
    if phase == "starting" and row.state == "ready":
        return {"state": "starting", "reason": _starting(status.detail), **_no_endpoint(queue)}
    if phase == "starting" and row.reason != (reason := _starting(status.detail)):
        return {"reason": reason}
    return None


def _ended(queue: Queue, row: Row) -> dict[str, Any]:
    """What was told to end is gone."""
    if row.state == "requeuing":  # to its old place, which goes by the time of its arrival
        values: dict[str, Any] = {"state": "queued", "placement": [], "started_at": None, "reason": None}
        return values | {"attempt": row.attempt + 1} if isinstance(row, Task) else values
    if row.reason and row.reason["code"] in CODES:
        return {"state": "failed", "finished_at": _now()}
    return {"state": "cancelled" if queue == "task" else "stopped", "finished_at": _now()}


def _no_endpoint(queue: Queue) -> dict[str, Any]:
    return {"endpoint": None} if queue == "service" else {}


def _failure(detail: str) -> dict[str, Any]:
    text = Text(en="It failed: {detail}", zh="运行失败：{detail}").format(detail=detail)
    return Reason(code="failed", text=text).model_dump()


def _lost(detail: str) -> dict[str, Any]:
    text = Text(
        en="What ran it was lost, and it goes back to the queue: {detail}", zh="运行环境丢失，退回队列：{detail}"
    ).format(detail=detail)
    return Reason(code="lost", text=text).model_dump()


def _starting(detail: str) -> dict[str, Any]:
    text = Text(en="It is starting: {detail}", zh="正在启动：{detail}").format(detail=detail or "…")
    return Reason(code="starting", text=text).model_dump()


def _now() -> datetime:
    return datetime.now(UTC)
