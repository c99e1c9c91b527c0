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
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform import metrics
from mlplatform.executors.base import Executor
from mlplatform.models.base import Text
from mlplatform.models.workload import Reason
from mlplatform.scheduler import reasons, trace, view
from mlplatform.scheduler.decide import decide, promised
from mlplatform.scheduler.launch import Claim, Launcher
from mlplatform.scheduler.limits import DEADLINE
from mlplatform.scheduler.state import Amount, Node, Pending, Preempt, Queue, Rule, Start, Wait
from mlplatform.storage import locks
from mlplatform.storage.database import Database
from mlplatform.storage.leases import Leadership
from mlplatform.storage.tables import Lease, Task, Tenant

log = structlog.get_logger()
QUICK = 200
"""Fewer waiting items than these are decided about in less time than a thread takes to answer on a busy machine."""
_Note = tuple[Rule, str, Amount, int, tuple[str, ...]]
"""What the stored reason of an item that waits depends on: the rule that holds it, its tenant, what it asks for."""
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
        self._reader = view.Reader()
        self._noted: dict[str, _Note] = {}
        """What was last written down for each waiting item."""

    async def round(self) -> int:
        """Returns how many items wait."""
        if self._published is not None and not await self._anything_waits():
            return 0  # the nodes need not be asked for nobody
        nodes = await self._executor.nodes()
        async with self._database.transaction() as session:
            await self._drop_late(session)
            lease = await session.get(Lease, view.LEASE)
            first = str(lease.seen.get("promised", "")) if lease else ""
            state = await self._reader.read(session, nodes, first)
        now = time.time()
        with metrics.DECIDE_SECONDS.time():
            if len(state.pending) < QUICK:
                decisions = decide(state, now)
            else:
                decisions = await asyncio.to_thread(decide, state, now)  # others go on meanwhile
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
        async with self._database.reading() as session:
            for table in view.TABLES.values():
                if await session.scalar(select(table.id).where(table.state == "queued").limit(1)):
                    return True
        return False

    async def _drop_late(self, session: AsyncSession) -> None:
        """What is past its deadline need not start."""
        now = datetime.now(UTC)
        late = update(Task).where(Task.state == "queued", Task.deadline < now)
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
        noted: dict[str, _Note] = {}
        changed: dict[tuple[Queue, _Note], list[str]] = {}
        for wait in waits:
            item = items[wait.id]
            note = noted[wait.id] = (wait.why.rule, item.tenant, item.each, item.replicas, item.gpu_models)
            if self._noted.get(wait.id) != note:
                changed.setdefault((wait.queue, note), []).append(wait.id)
        if changed:
            async with self._database.transaction() as session:
                for (queue, (rule, *_)), ids in changed.items():
                    log.info("wait", queue=queue, rule=rule, ids=ids[:10], count=len(ids))
                    reason = Reason(code=rule, text=reasons.brief(rule, items[ids[0]])).model_dump()
                    await locks.write_all(session, view.TABLES[queue], ids, "queued", reason=reason)
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
        alike: dict[tuple[Queue, tuple[str, ...]], list[str]] = {}
        for start in starts:
            alike.setdefault((start.queue, start.placement), []).append(start.id)
        if not alike:
            return
        claims: list[Claim] = []
        now = datetime.now(UTC)
        async with self._database.transaction() as session:
            for (queue, placement), ids in alike.items():
                values = {"state": "starting", "placement": list(placement), "reason": None, "started_at": now}
                taken = await self._launcher.claim(session, queue, ids, "queued", **values)
                log.info("starts", queue=queue, ids=[claim.id for claim in taken], nodes=list(placement))
                claims += taken
            for claim in claims:
                metrics.STARTS.labels(claim.queue).inc()
                waited = max(0.0, now.timestamp() - items[claim.id].since)
                metrics.WAIT_SECONDS.labels(claim.queue, items[claim.id].tenant).observe(waited)
            served = {items[claim.id].tenant for claim in claims}
            await session.execute(update(Tenant).where(Tenant.name.in_(served)).values(served_at=now))
            await self._database.changes.announce(session, *(f"{claim.queue}/{claim.id}" for claim in claims))
        await self._launcher.launch(claims)


def _append(file: Path, line: bytes) -> None:
    with file.open("ab") as opened:
        opened.write(line)
