"""Following what runs: each row moves on by what the executor says. No network call happens inside a transaction."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import structlog
from sqlalchemy import Row, Select, select

from mlplatform.core import states
from mlplatform.executors.base import Executor, ExecutorError, Status, Work
from mlplatform.metrics import ENDS
from mlplatform.models.base import Text
from mlplatform.models.workload import Reason
from mlplatform.scheduler.launch import AT_ONCE, Launcher
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
        async with self._database.reading() as session:
            rows = list(await session.execute(_QUERIES[queue]))
        if not rows:
            return "nothing"
        statuses = await self._executor.statuses([Work(queue, row.id) for row in rows])
        now = datetime.now(UTC)
        again: dict[str, list[str]] = {}
        """By state, what is to be started anew or gets a fresh token."""
        moves: dict[tuple[str, str], _Move] = {}
        """By old state and values: thousands may move alike, and each kind is written in one statement."""
        for row in rows:
            work = Work(queue, row.id)
            values = next_values(queue, row, statuses[work], now)
            if values is None and self._launcher.is_due(work):
                values = {}  # nothing new, but its token gets old
            if values is None:
                continue
            if not values and row.state not in states.ENDING:
                again.setdefault(row.state, []).append(row.id)
                continue
            move = moves.setdefault((row.state, repr(values)), _Move(row.state, values))
            move.ids.append(row.id)
            if "state" in values:
                states.check(row.state, values["state"])
                log.info(
                    "state", queue=queue, id=row.id, old=row.state, new=values["state"], detail=statuses[work].detail
                )
        for move in moves.values():
            await self._move(queue, move)
        for state, ids in again.items():
            async with self._database.transaction() as session:
                claims = await self._launcher.claim(session, queue, ids, state)
            await self._launcher.launch(claims)
        return "settled" if all(row.state == "ready" for row in rows) else "moving"

    async def _move(self, queue: Queue, move: _Move) -> None:
        """Write what is new of rows that move alike. What moved on meanwhile, or somebody works on, is left for the next round."""
        table = TABLES[queue]
        if not move.stops:
            async with self._database.transaction() as session:
                await locks.write_all(session, table, move.ids, move.old, **move.values)
                if "state" in move.values:
                    await self._database.changes.announce(session, *(f"{queue}/{id_}" for id_ in move.ids))
            return
        async with self._database.transaction() as session:
            lock, taken = await locks.claim_all(session, table, move.ids, move.old)
        gate = asyncio.Semaphore(AT_ONCE)
        stopped = await asyncio.gather(*(self._stop(Work(queue, id_), gate) for (id_,) in taken))
        async with self._database.transaction() as session:
            for good in (True, False):
                ids = [id_ for (id_,), well in zip(taken, stopped, strict=True) if well is good]
                await locks.release_all(session, table, ids, lock, move.old, **(move.values if good else {}))
            if "state" in move.values:
                await self._database.changes.announce(session, *(f"{queue}/{id_}" for id_ in move.ids))
        if (new := move.values.get("state")) in states.ENDED:
            ENDS.labels(queue, new).inc(sum(stopped))

    async def _stop(self, work: Work, gate: asyncio.Semaphore) -> bool:
        try:
            async with gate:
                await self._executor.stop(work)
        except ExecutorError as error:
            log.warning("cannot stop", queue=work.kind, id=work.id, error=str(error))
            return False
        self._launcher.forget(work)
        return True


@dataclass
class _Move:
    """Rows of one state that get the same values."""

    old: str
    values: dict[str, Any]
    ids: list[str] = field(default_factory=list)

    @property
    def stops(self) -> bool:
        """Whether the executor is to take away what there is of them."""
        return self.values.get("state") in states.ENDED or self.old in states.ENDING


def _query(queue: Queue) -> Select[Any]:
    """What `next_values` looks at; not the specs, which are long."""
    table = TABLES[queue]
    columns = [table.id, table.state, table.reason, table.started_at, table.attempt]
    more = [Task.retries, Task.timeout, Task.deadline] if table is Task else []
    return select(*columns, *more).where(table.state.in_(states.HOLDING))


_QUERIES: dict[Queue, Select[Any]] = {queue: _query(queue) for queue in TABLES}


def next_values(queue: Queue, row: Row[Any], status: Status, now: datetime) -> dict[str, Any] | None:
    """What to write for a row whose executor says `status`: None for nothing, an empty dict for an action without a change."""
    phase = status.phase
    going_on = row.state in ("starting", "running") and phase not in ("succeeded", "failed")
    if going_on and queue == "task" and (reason := overdue(row, now)):
        return {"state": "cancelling", "reason": reason}
    if row.state in states.ENDING and not (row.state == "requeuing" and phase == "succeeded"):
        return _ended(queue, row, now) if phase == "absent" else {}
    if phase == "absent" and row.state == "ready":
        # Started anew in the next round: a service is to live.
        return {"state": "starting", "attempt": row.attempt + 1, **_no_endpoint(queue)}
    if phase == "failed" or (phase == "absent" and row.state != "starting"):
        detail = status.detail or "what ran it is gone"
        if queue == "task" and row.retries and (status.lost or phase == "absent"):
            return {"state": "requeuing", "retries": row.retries - 1, "reason": _lost(detail)}
        if queue == "service" and status.lost:  # a service is to live, elsewhere if need be
            return {"state": "requeuing", "reason": _lost(detail), "endpoint": None}
        return {
            "state": "failed",
            "finished_at": now,
            "reason": _failure(detail),
            **_no_endpoint(queue),
        }
    if phase == "absent":
        return {}
    if phase == "succeeded":
        return {"state": "succeeded", "finished_at": now, "reason": None}
    if phase == "ready" and row.state != "ready":
        return {"state": "ready", "reason": None, "endpoint": status.endpoint}
    if phase == "running" and row.state == "starting" and queue == "task":
        return {"state": "running", "reason": None}
    if phase == "starting" and row.state == "ready":
        return {"state": "starting", "reason": _starting(status.detail), **_no_endpoint(queue)}
    if phase == "starting" and row.reason != (reason := _starting(status.detail)):
        return {"reason": reason}
    return None


def _ended(queue: Queue, row: Row[Any], now: datetime) -> dict[str, Any]:
    """What was told to end is gone."""
    if row.state == "requeuing":  # to its old place, which goes by the time of its arrival
        values: dict[str, Any] = {"state": "queued", "placement": [], "started_at": None, "reason": None}
        return values | {"attempt": row.attempt + 1}
    if row.reason and row.reason["code"] in CODES:
        return {"state": "failed", "finished_at": now}
    return {"state": "cancelled" if queue == "task" else "stopped", "finished_at": now}


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
