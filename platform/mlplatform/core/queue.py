"""The queues as people see them: what waits, why, what would free it, and when; and what would be if it asked for something else.

All of it is the scheduler's own decision over the same state, made anew for the reader: nothing is stored that could be out of date.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform import policy
from mlplatform.core import audit, tasks
from mlplatform.core.pages import Page, Want, cut
from mlplatform.core.platform import Platform
from mlplatform.core.states import HOLDING
from mlplatform.errors import Problem, conflict
from mlplatform.models.base import Text
from mlplatform.models.workload import (
    ExplainView,
    Freeing,
    Outcome,
    QueueItem,
    Reason,
    Waiting,
    WhatIfRequest,
    WhatIfView,
)
from mlplatform.scheduler import reasons, whatif
from mlplatform.scheduler.decide import QUEUES, decide
from mlplatform.scheduler.state import Explanation, Pending, Preempt, Queue, Start, State, Wait
from mlplatform.scheduler.view import TABLES, demand, last_seen, read
from mlplatform.scheduler.whatif import Change, changed, outcome
from mlplatform.storage.tables import PausedQueue
from mlplatform.tokens import Caller

_STARTS = Text(en="Its turn has come: it is being started.", zh="已轮到它，正在启动。")
_NO_SCHEDULER = Text(
    en="No scheduler runs; nothing starts until one does.", zh="调度器未运行；恢复之前不会启动任何工作。"
)


async def waiting(platform: Platform, caller: Caller, want: Want) -> tuple[Page[QueueItem], int]:
    """Both queues, services first, each in the order in which the scheduler considers it: a page of what the caller sees, and
    how many that are in all. Positions count others' items too."""
    now = time.time()
    async with platform.database.reading() as session:
        seen = await last_seen(session, datetime.now(UTC))
        state = seen or await read(session, (), "")
        owned = await _owned(session)
    reader = _Reader(state, {id_ for id_, place in owned.items() if policy.sees(caller, place)}, now)
    if seen:
        # In a thread: thousands may wait, and others are to be answered meanwhile.
        found = [d for d in await asyncio.to_thread(decide, state, now) if not isinstance(d, Preempt)]
        mine = [d for d in found if d.id in reader.visible]
        page = cut(mine, lambda d: d.id, want)
        shown = page.map(lambda d: _item(item := reader.item(d.id), reader.outcome(d, item), owned[d.id].owner))
        return shown, len(mine)
    in_order = sorted(state.pending, key=lambda p: (QUEUES.index(p.queue), -p.priority, p.since, p.id))
    visible = [item for item in in_order if item.id in reader.visible]
    return cut(visible, lambda i: i.id, want).map(lambda i: _item(i, None, owned[i.id].owner)), len(visible)


async def paused(platform: Platform) -> list[Queue]:
    """The queues of which nothing starts."""
    async with platform.database.transaction() as session:
        names = set(await session.scalars(select(PausedQueue.name)))
    return [queue for queue in QUEUES if queue in names]


async def set_paused(platform: Platform, caller: Caller, queue: Queue, pause: bool) -> None:
    """Pause or resume a queue.

    Raises:
        Problem: 403.
    """
    policy.require_platform(caller, "pause_queue")
    async with platform.database.transaction() as session:
        row = await session.get(PausedQueue, queue)
        if pause and row is None:
            session.add(PausedQueue(name=queue))
        elif row and not pause:
            await session.delete(row)
        audit.record(session, f"queue {queue}: {'paused' if pause else 'resumed'}")
        await platform.database.changes.announce(session)


async def explain(platform: Platform, caller: Caller, id_: str) -> ExplainView:
    """Where a task stands, and why.

    Raises:
        Problem: 404.
    """
    task = await tasks.get(platform, caller, id_)
    found = ExplainView(id=id_, state=task.state, reason=task.reason, outcome=None)
    if task.state != "queued":
        return found
    now = time.time()
    reader = await _reader(platform, caller, now)
    if reader is None:
        return found.model_copy(update={"reason": Reason(code="no_scheduler", text=_NO_SCHEDULER)})
    item = reader.item(id_)
    return found.model_copy(
        update={"outcome": reader.outcome(await asyncio.to_thread(outcome, reader.state, id_, now), item)}
    )


async def what_if(platform: Platform, caller: Caller, id_: str, request: WhatIfRequest) -> WhatIfView:
    """What is decided about a waiting task, and what would be if it asked for something else.

    Raises:
        Problem: 404; 409 when it does not wait; 503 when no scheduler runs.
    """
    task = await tasks.get(platform, caller, id_)
    now = time.time()
    reader = await _reader(platform, caller, now)
    if reader is None:
        raise Problem(503, "no_scheduler", _NO_SCHEDULER)
    item = reader.item(id_)
    wanted = demand(request.resources.over(task.resources).model_dump())
    change = Change(each=wanted.each, replicas=wanted.replicas, gpu_models=wanted.gpu_models, priority=request.priority)
    as_it_is = await asyncio.to_thread(outcome, reader.state, id_, now)
    as_asked = await asyncio.to_thread(whatif.what_if, reader.state, id_, change, now)
    return WhatIfView(now=reader.outcome(as_it_is, item), then=reader.outcome(as_asked, changed(item, change)))


class _Reader:
    """Puts decisions into what one caller may read."""

    def __init__(self, state: State, visible: Collection[str], now: float) -> None:
        self.state = state
        self.visible = visible
        self._now = now
        self._pending = {item.id: item for item in state.pending}

    def item(self, id_: str) -> Pending:
        """A waiting item.

        Raises:
            Problem: 409 when it does not wait.
        """
        if id_ not in self._pending:
            raise conflict("not_waiting", Text(en="The task does not wait any more.", zh="任务已不在等待。"), id_)
        return self._pending[id_]

    def outcome(self, decision: Start | Wait, item: Pending) -> Outcome:
        if isinstance(decision, Start):
            return Outcome(starts=True, placement=list(decision.placement), waiting=None, text=_STARTS)
        why = self._masked(decision.why)
        return Outcome(
            starts=False,
            placement=[],
            waiting=Waiting(
                rule=why.rule,
                position=why.position,
                ahead=why.ahead or None,
                frees=[Freeing(id=r.id or None, name=r.name or None, at=_moment(r.at)) for r in why.frees],
                expected=None if why.expected is None else _moment(why.expected),
            ),
            text=reasons.tell(why, item, self.state, self._now),
        )

    def _masked(self, why: Explanation) -> Explanation:
        """Without the ids and names of what the caller does not see."""
        frees = tuple(r if r.id in self.visible else replace(r, id="", name="") for r in why.frees)
        return replace(why, ahead=why.ahead if why.ahead in self.visible else "", frees=frees)


async def _reader(platform: Platform, caller: Caller, now: float) -> _Reader | None:
    """None when no scheduler runs."""
    async with platform.database.reading() as session:
        state = await last_seen(session, datetime.now(UTC))
        if state is None:
            return None
        owned = await _owned(session)
    return _Reader(state, {id_ for id_, place in owned.items() if policy.sees(caller, place)}, now)


async def _owned(session: AsyncSession) -> dict[str, policy.Place]:
    """Whose each living workload is."""
    owned: dict[str, policy.Place] = {}
    for table in TABLES.values():
        living = select(table.id, table.tenant, table.owner).where(table.state.in_([*HOLDING, "queued"]))
        owned.update({id_: policy.Place(tenant, owner) for id_, tenant, owner in await session.execute(living)})
    return owned


def _item(item: Pending, result: Outcome | None, owner: str) -> QueueItem:
    why = result.waiting if result else None
    code = why.rule if why else "starts" if result else "no_scheduler"
    return QueueItem(
        queue=item.queue,
        position=why.position if why else 0,
        id=item.id,
        name=item.name,
        owner=owner,
        tenant=item.tenant,
        priority=item.priority,
        since=_moment(item.since),
        waiting=why,
        reason=Reason(code=code, text=result.text if result else _NO_SCHEDULER),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
