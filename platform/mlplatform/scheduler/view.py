"""The decision's state from the rows. The scheduler and the API read it the same way, so that an explanation is what is decided."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
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
from mlplatform.storage.locks import Row as Table

TABLES: dict[Queue, Table] = {"service": tables.Service, "task": tables.Task}
LEASE = "scheduler"
HISTORY = 500
"""Ended tasks that durations are learned from."""
_NODES = TypeAdapter(tuple[Node, ...])


@dataclass(frozen=True)
class Demand:
    """What a workload asks for, in the decision's terms."""

    each: Amount
    replicas: int
    gpu_models: tuple[str, ...]


async def read(session: AsyncSession, nodes: Sequence[Node], promised: str) -> State:
    """Tenants, what runs and what waits."""
    known = await _durations(session)
    running: list[Running] = []
    pending: list[Pending] = []
    for queue, table in TABLES.items():
        for row in await session.execute(_columns(table).where(table.state.in_([*HOLDING, "queued"]))):
            # An operator that has run before is taken to run as long as its longest run: who comes first must not be put off.
            lengths = (known.get((row.operator, row.operator_version)), row.timeout) if queue == "task" else ()
            duration = min((seconds for seconds in lengths if seconds is not None), default=None)
            if row.state == "queued":
                pending.append(_pending(row, queue, duration))
            else:
                running.append(_running(row, queue, duration))
    tenants = tuple(tenant(row) for row in await session.scalars(select(tables.Tenant)))
    paused = set(await session.scalars(select(tables.PausedQueue.name)))
    return State(
        nodes=tuple(nodes),
        running=tuple(running),
        pending=tuple(pending),
        tenants=tenants,
        promised=promised,
        paused=tuple(queue for queue in TABLES if queue in paused),
    )


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
        ends=None if queue == "service" else started + (duration or ESTIMATE),
        ending=row.state in ENDING,
    )


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
