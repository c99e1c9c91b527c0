"""The decision's state from the rows. The scheduler and the API read it the same way, so that an explanation is what is decided."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, false, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.core.states import ENDING, HOLDING
from mlplatform.models.operator import Resources
from mlplatform.models.quantity import millicores, parse
from mlplatform.models.tenant import Limits
from mlplatform.scheduler.decide import ESTIMATE
from mlplatform.scheduler.state import UNLIMITED, Amount, Node, Pending, Queue, Running, State, Tenant
from mlplatform.storage import tables
from mlplatform.storage.locks import BATCH
from mlplatform.storage.locks import Row as Table

TABLES: dict[Queue, Table] = {"service": tables.Service, "task": tables.Task}
LEASE = "scheduler"
LEARNING = 5.0
"""Seconds between two looks at how long operators take."""
HISTORY = 500
"""Ended tasks that durations are learned from."""
_NODES = TypeAdapter(tuple[Node, ...])


@dataclass(frozen=True)
class Demand:
    """What a workload asks for, in the decision's terms."""

    each: Amount
    replicas: int
    gpu_models: tuple[str, ...]


class Reader:
    """Reads the state again and again. What does not change while a row waits or runs is read once: of thousands that wait, few are new."""

    def __init__(self) -> None:
        self._pending: dict[str, _Known] = {}
        self._running: dict[str, _Known] = {}
        self._lengths: dict[tuple[str, str], float] = {}
        self._learned = -math.inf
        """When the lengths were read (monotonic seconds)."""

    async def read(self, session: AsyncSession, nodes: Sequence[Node], promised: str) -> State:
        """Tenants, what runs and what waits."""
        if time.monotonic() - self._learned >= LEARNING:
            self._lengths = await _durations(session)
            self._learned = time.monotonic()
        pending: dict[str, _Known] = {}
        running: dict[str, _Known] = {}
        for queue, table in TABLES.items():
            await self._read_pending(session, queue, table, pending)
            await self._read_running(session, queue, table, running)
        self._pending, self._running = pending, running
        tenants = tuple(tenant(row) for row in await session.scalars(select(tables.Tenant)))
        paused = set(await session.scalars(select(tables.PausedQueue.name)))
        return State(
            nodes=tuple(nodes),
            running=tuple(known.item for known in running.values()),
            pending=tuple(
                known.item for id_, known in pending.items() if id_ not in running
            ),  # started between two queries
            tenants=tenants,
            promised=promised,
            paused=tuple(queue for queue in TABLES if queue in paused),
        )

    async def _read_pending(self, session: AsyncSession, queue: Queue, table: Table, found: dict[str, _Known]) -> None:
        paused = table.paused if table is tables.Task else false()
        query = select(table.id, table.priority, paused).where(table.state == "queued")
        new: list[str] = []
        for id_, priority, is_paused in await session.execute(query):
            if known := self._pending.get(id_):
                found[id_] = known
                seconds = known.seconds(self._lengths)
                item = known.item
                if (item.priority, item.paused, item.duration) != (priority, bool(is_paused), seconds):
                    known.item = replace(item, priority=priority, paused=bool(is_paused), duration=seconds)
            else:
                new.append(id_)
        for row in await _rows(session, table, new, ["queued"]):
            if row.id not in found:
                found[row.id] = known = _Known.of(row, queue)
                known.item = _pending(row, queue, known.seconds(self._lengths))

    async def _read_running(self, session: AsyncSession, queue: Queue, table: Table, found: dict[str, _Known]) -> None:
        query = select(table.id, table.state, table.started_at).where(table.state.in_(HOLDING))
        new: list[str] = []
        for id_, state, started in await session.execute(query):
            known = self._running.get(id_)
            if known and started and known.item.started == started.timestamp():
                found[id_] = known
                ends = _ends(queue, known.item.started, known.seconds(self._lengths))
                if (known.item.ending, known.item.ends) != (state in ENDING, ends):
                    known.item = replace(known.item, ending=state in ENDING, ends=ends)
            else:
                new.append(id_)
        for row in await _rows(session, table, new, HOLDING):
            if row.id not in found:
                found[row.id] = known = _Known.of(row, queue)
                known.item = _running(row, queue, known.seconds(self._lengths))


@dataclass(slots=True)
class _Known:
    """A row as it was read."""

    operator: tuple[str, str] | None
    """Name and version of a task's."""
    timeout: int | None
    item: Any = None
    """Its `Pending` or `Running`."""

    @classmethod
    def of(cls, row: Row[Any], queue: Queue) -> _Known:
        return cls((row.operator, row.operator_version) if queue == "task" else None, row.timeout)

    def seconds(self, lengths: Mapping[tuple[str, str], float]) -> float | None:
        """An operator that has run before is taken to run as long as its longest run: who comes first must not be put off."""
        if self.operator is None:
            return None
        length = lengths.get(self.operator)
        if length is None or self.timeout is None:
            return self.timeout if length is None else length
        return min(length, self.timeout)


async def read(session: AsyncSession, nodes: Sequence[Node], promised: str) -> State:
    """As `Reader.read`, once."""
    return await Reader().read(session, nodes, promised)


async def last_seen(session: AsyncSession, now: datetime) -> State | None:
    """The state with the nodes that the scheduler last saw; None when no scheduler lives."""
    lease = await session.get(tables.Lease, LEASE)
    if lease is None or lease.expires < now or not lease.seen:
        return None
    return await read(session, _NODES.validate_python(lease.seen["nodes"]), lease.seen["promised"])


def seen(nodes: Sequence[Node], promised: str) -> dict[str, Any]:
    """What `last_seen` needs of the scheduler."""
    return {"nodes": _NODES.dump_python(tuple(nodes), mode="json"), "promised": promised}


def demand(resources: dict[str, Any]) -> Demand:
    """What stored resources ask for. Equal ones are parsed once: a queue of thousands has few kinds."""
    return _demand(json.dumps(resources, sort_keys=True))


def tenant(row: tables.Tenant) -> Tenant:
    return Tenant(
        name=row.name,
        quota=amount(Limits.model_validate(row.quota)),
        borrowing=amount(Limits.model_validate(row.borrowing)),
        cohort=row.cohort or "",
        weight=row.weight,
        served=row.served_at.timestamp() if row.served_at else 0,
    )


def amount(limits: Limits) -> Amount:
    return Amount(
        cpu=UNLIMITED if limits.cpu is None else millicores(limits.cpu),
        memory=UNLIMITED if limits.memory is None else int(parse(limits.memory)),
        gpu=UNLIMITED if limits.gpu is None else limits.gpu,
    )


@lru_cache(maxsize=4096)
def _demand(resources: str) -> Demand:
    wants = Resources.model_validate_json(resources)
    each = Amount(cpu=millicores(wants.cpu), memory=int(parse(wants.memory)), gpu=wants.gpu.count)
    return Demand(each, wants.replicas, tuple(wants.gpu.models))


async def _rows(session: AsyncSession, table: Table, ids: Sequence[str], states: Collection[str]) -> Sequence[Row[Any]]:
    """What the decision needs of rows that are new to it."""
    if not ids:
        return []
    query = _columns(table).where(table.state.in_(states))
    if len(ids) <= BATCH:
        query = query.where(table.id.in_(ids))
    return (await session.execute(query)).all()


def _columns(table: Table) -> Any:
    """Only what the decision needs: rows are many, and their specs long."""
    names = ("id", "name", "tenant", "operator", "operator_version", "priority", "state", "placement")
    columns = [getattr(table, name) for name in (*names, "created_at", "started_at")]
    timeout, paused = (table.timeout, table.paused) if table is tables.Task else (null(), false())
    return select(
        *columns, timeout.label("timeout"), paused.label("paused"), table.spec["resources"].label("resources")
    )


async def _durations(session: AsyncSession) -> dict[tuple[str, str], float]:
    """Seconds that the last successful runs of each operator took at most."""
    task = tables.Task
    query = (
        select(task.operator, task.operator_version, task.started_at, task.finished_at)
        .where(task.state == "succeeded")
        .order_by(task.id.desc())
        .limit(HISTORY)
    )
    longest: dict[tuple[str, str], float] = {}
    for operator, version, started, finished in await session.execute(query):
        if started and finished:
            took = (finished - started).total_seconds()
            longest[operator, version] = max(took, longest.get((operator, version), 0.0))
    return longest


def _running(row: Row[Any], queue: Queue, duration: float | None) -> Running:
    wants = demand(row.resources)
    started = (row.started_at or row.created_at).timestamp()
    return Running(
        id=row.id,
        name=row.name,
        queue=queue,
        tenant=row.tenant,
        priority=row.priority,
        each=wants.each,
        placement=tuple(row.placement),
        started=started,
        ends=_ends(queue, started, duration),
        ending=row.state in ENDING,
    )


def _ends(queue: Queue, started: float, duration: float | None) -> float | None:
    return None if queue == "service" else started + (duration or ESTIMATE)


def _pending(row: Row[Any], queue: Queue, duration: float | None) -> Pending:
    wants = demand(row.resources)
    return Pending(
        id=row.id,
        name=row.name,
        queue=queue,
        tenant=row.tenant,
        priority=row.priority,
        since=row.created_at.timestamp(),
        each=wants.each,
        replicas=wants.replicas,
        gpu_models=wants.gpu_models,
        duration=duration,
        paused=bool(row.paused),
    )
