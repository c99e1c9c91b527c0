"""What happens, as it happens: state changes and logs for those who follow them. One of these for a process, however many follow.

Nobody polls. A change that is announced (storage/changes.py) is read once and laid into a ring; each follower remembers how far it has read
there. So a slow follower costs nothing: it falls out of the ring and is told to look again. No follower holds a connection of the
database while it waits.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Literal

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from mlplatform import policy
from mlplatform.core import logs
from mlplatform.core.platform import Platform
from mlplatform.core.states import ENDED
from mlplatform.models.base import Model
from mlplatform.scheduler.state import Queue
from mlplatform.scheduler.view import TABLES
from mlplatform.storage.tables import Task
from mlplatform.tokens import Caller

log = structlog.get_logger()
RING = 10_000
"""Changes that are kept for who reads slowly: some minutes of a busy platform."""
LOOK = 30.0
"""Seconds after which a log is looked at without a word: for what ended without an announcement."""
BATCH = 500
"""Ids in one statement."""


class Change(Model):
    """Something has a new state."""

    kind: Queue
    id: str
    name: str
    state: str


@dataclass(frozen=True)
class Missed:
    """Changes may have been missed: load again what you show."""


@dataclass(frozen=True)
class Piece:
    """Text of a log, and the offset in bytes of what follows it."""

    text: str
    end: int


@dataclass(frozen=True)
class End:
    """Nothing follows: the work has ended, or may be followed no longer."""

    why: Literal["ended", "expired", "closing"]


class Live:
    """Everything of one process that is followed."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._ring: deque[tuple[policy.Place, Change | Missed]] = deque(maxlen=RING)
        """With whose it is; what everybody is to see is nobody's."""
        self._count = 0
        """How many were ever laid into the ring."""
        self._topics: set[str] = set()
        self._heard = asyncio.Event()
        self._woken: dict[str, set[asyncio.Event]] = {}
        """Followers by what they follow: a workload's id, or nothing for all changes."""
        self._closing = False
        platform.database.changes.follow(self._hear)

    def close(self) -> None:
        """Let every follower end now."""
        self._closing = True
        for woken in self._woken.values():
            for event in woken:
                event.set()

    async def run(self) -> None:
        """Until cancelled: read what is announced."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._platform.database.changes.listen())
            group.create_task(self._read())

    async def changes(self, caller: Caller, until: float) -> AsyncIterator[Change | Missed | End]:
        """Changes of what the caller sees, from now on.

        Args:
            until: when it ends (seconds since 1970).
        """
        with self._follow("") as woken:
            seen = self._count
            yield Missed()  # before anything is shown, everything was missed
            while (end := self._ended(until)) is None:
                woken.clear()
                if self._count - seen > len(self._ring):
                    seen = self._count
                    yield Missed()
                fresh = [self._ring[i] for i in range(len(self._ring) - (self._count - seen), len(self._ring))]
                seen = self._count
                for place, change in fresh:
                    if isinstance(change, Missed) or policy.sees(caller, place):
                        yield change
                if seen == self._count:
                    await _wait(woken, until - time.time())
            yield end

    async def log(
        self, id_: str, stream: logs.Stream, rank: int, offset: int, until: float
    ) -> AsyncIterator[Piece | End]:
        """A task's log from an offset on, until the task has ended and all of it was given.

        A character that is not whole yet is kept back, so that going on from a piece's end gives every byte once.
        """
        decode = codecs.getincrementaldecoder("utf-8")("replace")
        with self._follow(id_) as woken:
            while (end := self._ended(until)) is None:
                woken.clear()
                over = await self._is_over(id_)  # asked first: what is read afterwards is all there will be
                async for content in logs.read(self._platform, id_, stream, rank, offset):
                    offset += len(content)
                    if text := decode.decode(content):
                        yield Piece(text, offset - len(decode.getstate()[0]))
                if over:
                    if rest := decode.decode(b"", final=True):
                        yield Piece(rest, offset)
                    yield End("ended")
                    return
                await _wait(woken, min(LOOK, until - time.time()))
            yield end

    async def _is_over(self, id_: str) -> bool:
        async with self._platform.database.transaction() as session:
            state = await session.scalar(select(Task.state).where(Task.id == id_))
        return state is None or state in ENDED

    def _ended(self, until: float) -> End | None:
        return End("closing") if self._closing else End("expired") if time.time() >= until else None

    @contextlib.contextmanager
    def _follow(self, what: str) -> Iterator[asyncio.Event]:
        woken = asyncio.Event()
        followers = self._woken.setdefault(what, set())
        followers.add(woken)
        try:
            yield woken
        finally:
            followers.discard(woken)
            if not followers and self._woken.get(what) is followers:
                del self._woken[what]

    def _wake(self, what: str) -> None:
        for woken in self._woken.get(what, ()):
            woken.set()

    def _hear(self, topic: str) -> None:
        kind, _, id_ = topic.partition("/")
        if kind == "log":
            self._wake(id_)
        else:
            self._topics.add(topic)
            self._heard.set()

    async def _read(self) -> None:
        while True:
            await self._heard.wait()
            self._heard.clear()
            topics, self._topics = self._topics, set()
            try:
                await self._take(topics)
            except (SQLAlchemyError, OSError) as error:
                log.warning("changes were not read", error=str(error))
                self._lay(policy.Place(""), Missed())

    async def _take(self, topics: set[str]) -> None:
        if "" in topics:
            self._lay(policy.Place(""), Missed())
            for id_ in [i for i in self._woken if i]:
                self._wake(id_)
        for kind, table in TABLES.items():
            ids = sorted(id_ for name, _, id_ in (t.partition("/") for t in topics) if name == kind)
            for begin in range(0, len(ids) if self._woken else 0, BATCH):
                these = table.id.in_(ids[begin : begin + BATCH])
                query = select(table.tenant, table.owner, table.id, table.name, table.state).where(these)
                async with self._platform.database.transaction() as session:
                    rows = list(await session.execute(query))
                for tenant, owner, id_, name, state in rows:
                    self._lay(policy.Place(tenant, owner), Change(kind=kind, id=id_, name=name, state=state))
                    self._wake(id_)

    def _lay(self, place: policy.Place, change: Change | Missed) -> None:
        self._ring.append((place, change))
        self._count += 1
        self._wake("")


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(0, seconds)):
            await event.wait()
