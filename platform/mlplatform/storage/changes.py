"""Waking up when something changed, instead of looking again and again: in process by an event, between processes by PostgreSQL's NOTIFY."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import psycopg
from sqlalchemy import URL, event, text
from sqlalchemy.ext.asyncio import AsyncSession

CHANNEL = "mlplatform"
PAUSE = 5.0
"""Seconds before a lost connection is tried again; who waits looks by himself meanwhile."""


class Changes:
    """Says that the queues or what runs changed, and where it is known, what: a topic such as `task/ID`, `service/ID`, `log/ID`.

    Who schedules looks anyway and needs no topic; who follows one thing hears of that one.
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        self._shared = url.get_backend_name() == "postgresql"
        self._listeners: list[asyncio.Event] = []
        self._followers: list[Callable[[str], None]] = []

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
        if self._shared:
            await session.execute(text(f"NOTIFY {CHANNEL}"))
        event.listen(session.sync_session, "after_commit", lambda _: self.tell(), once=True)
        for topic in topics:
            await self.mention(session, topic)

    async def mention(self, session: AsyncSession, topic: str) -> None:
        """Tell only who follows topics, once this session's transaction is committed."""
        if self._shared:
            await session.execute(text("SELECT pg_notify(:channel, :topic)"), {"channel": CHANNEL, "topic": topic})
        event.listen(session.sync_session, "after_commit", lambda _: self._say(topic), once=True)

    def tell(self) -> None:
        """Wake those of this process."""
        for heard in self._listeners:
            heard.set()

    def _say(self, topic: str) -> None:
        for hear in self._followers:
            hear(topic)

    async def listen(self) -> None:
        """Until cancelled: wake those of this process when another process announces a change."""
        while self._shared:
            with contextlib.suppress(psycopg.Error, OSError):
                url = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
                async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.tell()  # what was announced while nobody listened
                    self._say("")
                    async for heard in connection.notifies():
                        self._say(heard.payload) if heard.payload else self.tell()
            await asyncio.sleep(PAUSE)
