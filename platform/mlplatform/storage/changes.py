"""Waking up when something changed, instead of looking again and again: in process by an event, between processes by PostgreSQL's NOTIFY."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncSession

CHANNEL = "mlplatform"
PAUSE = 5.0
"""Seconds before a lost connection is tried again; who waits looks by himself meanwhile."""
AT_ONCE = 100
"""Topics in one message: PostgreSQL takes 8000 bytes, a topic has some 30."""
WAKE = ""
"""The topic of those who look anyway."""


class Changes:
    """Says that the queues or what runs changed, and where it is known, what: a topic such as `task/ID`, `service/ID`, `log/ID`.

    Who schedules looks anyway and needs no topic; who follows one thing hears of that one.
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        self._shared = url.get_backend_name() == "postgresql"
        self._listeners: list[asyncio.Event] = []
        self._followers: list[Callable[[str], None]] = []
        self._unsaid: set[str] = set()
        """Topics that the other processes were not told of."""
        self._saying: asyncio.Task[None] | None = None
        self._speaker: psycopg.AsyncConnection[Any] | None = None

    def subscribe(self) -> asyncio.Event:
        """An event that is set at each change; who waits for it clears it before looking."""
        heard = asyncio.Event()
        self._listeners.append(heard)
        return heard

    def follow(self, hear: Callable[[str], None]) -> None:
        """Call this with every topic from now on, and with an empty one when some may have been missed."""
        self._followers.append(hear)

    async def announce(self, session: AsyncSession, *topics: str) -> None:
        """Tell everybody once this session's transaction is committed; and who follows them, these topics."""
        event.listen(session.sync_session, "after_commit", lambda _: self._committed(WAKE, *topics), once=True)

    async def mention(self, session: AsyncSession, topic: str) -> None:
        """Tell only who follows topics, once this session's transaction is committed."""
        event.listen(session.sync_session, "after_commit", lambda _: self._committed(topic), once=True)

    def _committed(self, *topics: str) -> None:
        self._hear(topics)
        if self._shared:
            self._unsaid.update(topics)
            if self._saying is None or self._saying.done():
                self._saying = asyncio.get_running_loop().create_task(self._say())

    async def _say(self) -> None:
        """Tell the other processes, once for all that is committed meanwhile. Not inside of the transactions themselves: PostgreSQL commits
        those with a NOTIFY one after the other, each with its own wait for the disk."""
        try:
            if self._speaker is None:
                # Who dies now was not heard: nothing is lost.
                self._speaker = await self._connect("-c synchronous_commit=off")
            while self._unsaid:
                said = set(itertools.islice(self._unsaid, AT_ONCE))
                await self._speaker.execute("SELECT pg_notify(%s, %s)", (CHANNEL, "\n".join(sorted(said))))
                self._unsaid -= said
        except (psycopg.Error, OSError):  # who waits looks by himself; the next change tries anew
            self._speaker = None

    async def close(self) -> None:
        """Say what is to be said still, and let go of the connection."""
        if self._saying:
            await self._saying
        if self._speaker:
            await self._speaker.close()

    async def _connect(self, options: str = "") -> psycopg.AsyncConnection[Any]:
        url = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await psycopg.AsyncConnection.connect(url, autocommit=True, options=options)

    def tell(self) -> None:
        """Wake those of this process."""
        for heard in self._listeners:
            heard.set()

    def _hear(self, topics: Iterable[str]) -> None:
        for topic in topics:
            if topic == WAKE:
                self.tell()
                continue
            for hear in self._followers:
                hear(topic)

    async def listen(self) -> None:
        """Until cancelled: wake those of this process when another process announces a change."""
        while self._shared:
            with contextlib.suppress(psycopg.Error, OSError):
                async with await self._connect() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.tell()  # what was announced while nobody listened
                    for hear in self._followers:
                        hear("")
                    async for heard in connection.notifies():
                        self._hear(heard.payload.split("\n"))
            await asyncio.sleep(PAUSE)
