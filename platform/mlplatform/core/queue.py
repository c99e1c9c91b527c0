"""The queues as people see them: what waits, in which order, and why."""

from __future__ import annotations

from sqlalchemy import select

from mlplatform.core.platform import Platform
from mlplatform.models.workload import QueueItem, Reason
from mlplatform.storage.tables import Service, Task
from mlplatform.tokens import Caller

TABLES: tuple[type[Service] | type[Task], ...] = (Service, Task)


async def waiting(platform: Platform, caller: Caller) -> list[QueueItem]:
    """Both queues, services first, each in the order in which the scheduler considers it. Positions count others' items too."""
    items: list[QueueItem] = []
    async with platform.database.transaction() as session:
        for table in TABLES:
            query = select(table).where(table.state == "queued").order_by(table.priority.desc(), table.id)
            rows: list[Service | Task] = list(await session.scalars(query))
            for position, row in enumerate(rows, 1):
                if caller.sees(row.owner):
                    items.append(
                        QueueItem(
                            queue="service" if table is Service else "task",
                            position=position,
                            id=row.id,
                            name=row.name,
                            owner=row.owner,
                            priority=row.priority,
                            since=row.created_at,
                            reason=Reason.model_validate(row.reason) if row.reason else None,
                        )
                    )
    return items
