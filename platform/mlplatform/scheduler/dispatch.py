"""Carrying out a decision: what starts, what is stopped, why the rest waits. No network call happens inside a transaction."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select, update

from mlplatform import metrics
from mlplatform.executors.base import Executor
from mlplatform.models.base import Text
from mlplatform.models.workload import Reason
from mlplatform.scheduler import reasons, trace, view
from mlplatform.scheduler.decide import decide, promised
from mlplatform.scheduler.launch import Launcher, Row
from mlplatform.scheduler.limits import DEADLINE
from mlplatform.scheduler.state import Node, Pending, Preempt, Queue, Start, Wait
from mlplatform.storage import locks
from mlplatform.storage.database import Database
from mlplatform.storage.leases import Leadership
from mlplatform.storage.tables import Lease, Task, Tenant

log = structlog.get_logger()
AT_ONCE = 16
"""Launches that wait for the executor at the same time."""
BATCH = 500
"""Ids in one statement: SQLite takes 32,766 values, PostgreSQL 65,535."""
_PREEMPTED = Reason(
    code="preempted",
    text=Text(
        en="Stopped to make room for more important work; it goes back to its place in the queue.",
        zh="为更重要的工作让出资源；将回到队列中原来的位置。",
    ),
).model_dump()


class Dispatcher:
    """One round: look, decide, start what may start, note why the rest waits."""

    def __init__(
        self, database: Database, executor: Executor, launcher: Launcher, leadership: Leadership, record: Path | None
    ) -> None:
        self._database = database
        self._executor = executor
        self._launcher = launcher
        self._leadership = leadership
        self._record = record
        self._published: dict[str, Any] | None = None
        self._noted: dict[str, tuple[str, Pending]] = {}
        """The rule that was last written down for each waiting item, and the item as it was then."""

    async def round(self) -> int:
        """Returns how many items wait."""
        if self._published is not None and not await self._anything_waits():
            return 0  # the nodes need not be asked for nobody
        await self._drop_late()
        nodes = await self._executor.nodes()
        async with self._database.transaction() as session:
            lease = await session.get(Lease, view.LEASE)
            first = str(lease.seen.get("promised", "")) if lease else ""
            state = await view.read(session, nodes, first)
        now = time.time()
        with metrics.DECIDE_SECONDS.time():
            decisions = await asyncio.to_thread(decide, state, now)  # thousands may wait: others go on meanwhile
        for decision in decisions:
            metrics.DECISIONS.labels(type(decision).__name__.lower()).inc()
        await self._publish(nodes, promised(decisions))
        if self._record and not all(isinstance(d, Wait) for d in decisions):
            await asyncio.to_thread(_append, self._record, trace.line(state, now, decisions))
        items = {item.id: item for item in state.pending}
        for decision in decisions:
            if isinstance(decision, Preempt):
                await self._preempt(decision)
        await self._note([d for d in decisions if isinstance(d, Wait)], items)
        await self._start([d for d in decisions if isinstance(d, Start)], items)
        return sum(isinstance(d, Wait) for d in decisions)

    async def _anything_waits(self) -> bool:
        async with self._database.transaction() as session:
            for table in view.TABLES.values():
                if await session.scalar(select(table.id).where(table.state == "queued").limit(1)):
                    return True
        return False

    async def _drop_late(self) -> None:
        """What is past its deadline need not start."""
        now = datetime.now(UTC)
        late = update(Task).where(Task.state == "queued", Task.deadline < now)
        async with self._database.transaction() as session:
            values = {"state": "failed", "finished_at": now, "reason": DEADLINE}
            await session.execute(late.values(**values).execution_options(synchronize_session=False))

    async def _publish(self, nodes: Sequence[Node], first: str) -> None:
        """Let the API see what the decision sees."""
        seen = view.seen(nodes, first)
        if seen != self._published:
            await self._leadership.publish(seen)
            self._published = seen

    async def _note(self, waits: Sequence[Wait], items: dict[str, Pending]) -> None:
        """Write down which rule holds each item, when that changed: equal reasons in one statement, since thousands may wait."""
        noted: dict[str, tuple[str, Pending]] = {}
        changed: dict[tuple[Queue, str, str], list[str]] = {}
        texts: dict[tuple[Queue, str, str], dict[str, Any]] = {}
        for wait in waits:
            entry = noted[wait.id] = (wait.why.rule, items[wait.id])
            if self._noted.get(wait.id) != entry:
                text = reasons.brief(wait.why.rule, items[wait.id])
                key: tuple[Queue, str, str] = (wait.queue, wait.why.rule, text.en)
                texts[key] = Reason(code=wait.why.rule, text=text).model_dump()
                changed.setdefault(key, []).append(wait.id)
        for key, ids in changed.items():
            table = view.TABLES[key[0]]
            log.info("wait", queue=key[0], rule=key[1], ids=ids[:10], count=len(ids))
            for begin in range(0, len(ids), BATCH):
                these = table.id.in_(ids[begin : begin + BATCH])
                statement = update(table).where(these, table.state == "queued").values(reason=texts[key])
                async with self._database.transaction() as session:
                    await session.execute(statement.execution_options(synchronize_session=False))
        self._noted = noted

    async def _preempt(self, decision: Preempt) -> None:
        """Give notice: the watch loop stops it, and puts it back into the queue when it is gone."""
        statement = (
            update(Task)
            .where(Task.id == decision.id, Task.state.in_(["starting", "running"]))
            .values(state="requeuing", reason=_PREEMPTED)
        )
        async with self._database.transaction() as session:
            if await locks.changed(session, statement):
                log.info("preempts", id=decision.id, claimant=decision.claimant)
                await self._database.changes.announce(session, f"task/{decision.id}")

    async def _start(self, starts: Sequence[Start], items: dict[str, Pending]) -> None:
        """Mark them as starting first: after a crash in between, the watch loop finds them and starts them again."""
        claimed: list[tuple[Queue, Row, str]] = []
        now = datetime.now(UTC)
        async with self._database.transaction() as session:
            for start in starts:
                table = view.TABLES[start.queue]
                token = await locks.claim(session, table, start.id, "queued")
                if token is None:
                    continue
                values = {"state": "starting", "placement": list(start.placement), "reason": None, "started_at": now}
                mine = update(table).where(table.id == start.id, table.lock_token == token).values(**values)
                await session.execute(mine.execution_options(synchronize_session=False))
                row: Row | None = await session.get(table, start.id, populate_existing=True)
                assert row is not None
                claimed.append((start.queue, row, token))
                metrics.STARTS.labels(start.queue).inc()
                metrics.WAIT_SECONDS.labels(start.queue, row.tenant).observe(metrics.since(row.created_at))
                log.info("starts", queue=start.queue, id=start.id, nodes=list(start.placement))
            if claimed:
                served = {items[row.id].tenant for _, row, _ in claimed}
                await session.execute(update(Tenant).where(Tenant.name.in_(served)).values(served_at=now))
                await self._database.changes.announce(session, *(f"{queue}/{row.id}" for queue, row, _ in claimed))
        gate = asyncio.Semaphore(AT_ONCE)

        async def launch(queue: Queue, row: Row, token: str) -> None:
            async with gate:
                await self._launcher.launch(queue, row, token)

        await asyncio.gather(*(launch(*entry) for entry in claimed))


def _append(file: Path, line: bytes) -> None:
    with file.open("ab") as opened:
        opened.write(line)
