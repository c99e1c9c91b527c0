"""Lineage: each use and each making is recorded as an edge, and one recursive query follows them both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.core import access
from mlplatform.core.platform import Platform
from mlplatform.errors import not_found
from mlplatform.models.base import Text
from mlplatform.models.lineage import Lineage, LineageEdge, LineageNode
from mlplatform.storage.tables import ID, Artifact, Edge, Service, Task
from mlplatform.tokens import Caller

MOST = 2000
"""Edges of one answer; a person sees no more at once."""
REGISTERED = "registered"
SHOWN = ("dataset", "model", "output")
"""Kinds of artifacts; a checkpoint is nobody's but its task's."""


def used(session: AsyncSession, inputs: Mapping[str, str], target: str) -> None:
    """Record that a task or service takes artifacts, by input name."""
    session.add_all(Edge(source_id=artifact, target_id=target, role=name) for name, artifact in inputs.items())


def made(session: AsyncSession, source: str, artifact: str, role: str) -> None:
    """Record what an artifact came from."""
    session.add(Edge(source_id=source, target_id=artifact, role=role))


async def of(platform: Platform, caller: Caller, id_: str) -> Lineage:
    """The lineage of an artifact, task or service.

    Raises:
        Problem: 404.
    """
    async with platform.database.transaction() as session:
        before, after = _reached(id_, Edge.target_id, Edge.source_id), _reached(id_, Edge.source_id, Edge.target_id)
        inside = or_(Edge.target_id.in_(select(before.c.id)), Edge.source_id.in_(select(after.c.id)))
        reached = select(Edge).where(inside).order_by(Edge.source_id, Edge.target_id, Edge.role).limit(MOST + 1)
        edges = list(await session.scalars(reached))
        ids = {id_} | {e.source_id for e in edges[:MOST]} | {e.target_id for e in edges[:MOST]}
        nodes: dict[str, LineageNode] = {}
        tables: tuple[type[Artifact] | type[Task] | type[Service], ...] = (Artifact, Task, Service)
        for table in tables:
            query = select(table).where(table.id.in_(ids), *_seen_by(caller, table))
            rows: list[Artifact | Task | Service] = list(await session.scalars(query))
            for row in rows:
                nodes[row.id] = _artifact(row) if isinstance(row, Artifact) else _work(row)
    if id_ not in nodes:
        raise not_found(Text(en="artifact, task or service", zh="数据、任务或服务"), id_)
    return Lineage(
        id=id_,
        nodes=sorted(nodes.values(), key=lambda n: (n.created_at, n.id)),
        edges=[
            LineageEdge(source=e.source_id, target=e.target_id, role=e.role)
            for e in edges[:MOST]
            if e.source_id in nodes and e.target_id in nodes
        ],
        truncated=len(edges) > MOST,
    )


def _reached(id_: str, here: Any, there: Any) -> Any:
    """The id and all that edges lead to from it, `here` being the end of an edge to leave from."""
    start = select(literal(id_, ID).label("id")).cte(recursive=True)
    return start.union(select(there).join(start, here == start.c.id))


def _seen_by(caller: Caller, table: Any) -> list[Any]:
    shown = [table.kind.in_(SHOWN)] if table is Artifact else []
    return [*shown, access.visible(caller, table)]


def _artifact(row: Artifact) -> LineageNode:
    return LineageNode(
        id=row.id,
        kind=row.kind,  # type: ignore[arg-type]  # the column holds nothing else
        name=row.name.partition("/")[2] if row.kind == "output" else row.name,
        version=str(row.version),
        owner=row.owner,
        state=None,
        seconds=None,
        metrics=row.metrics,
        created_at=row.created_at,
    )


def _work(row: Task | Service) -> LineageNode:
    task = isinstance(row, Task)
    ended = task and row.started_at and row.finished_at
    return LineageNode(
        id=row.id,
        kind="task" if task else "service",
        name=row.name,
        version=f"{row.operator} {row.operator_version}",
        owner=row.owner,
        state=row.state,
        seconds=(row.finished_at - row.started_at).total_seconds() if ended else None,  # type: ignore[operator]
        metrics=row.metrics if isinstance(row, Task) else {},
        created_at=row.created_at,
    )
