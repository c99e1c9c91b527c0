"""Waking up when something changed, instead of looking again and again: in process by an event, between processes by PostgreSQL's NOTIFY."""

from __future__ import annotations

import asyncio
import contextlib

import psycopg
from sqlalchemy import URL, event, text
from sqlalchemy.ext.asyncio import AsyncSession

CHANNEL = "mlplatform"
PAUSE = 5.0
"""Seconds before a lost connection is tried again; who waits looks by himself meanwhile."""


class Changes:
    """Says that the queues or what runs changed; not what, since who hears it looks anyway."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._shared = url.get_backend_name() == "postgresql"
        self._listeners: list[asyncio.Event] = []

    def subscribe(self) -> asyncio.Event:
        """An event that is set at each change; who waits for it clears it before looking."""
        heard = asyncio.Event()
        self._listeners.append(heard)
        return heard

    async def announce(self, session: AsyncSession) -> None:
        """Tell everybody once this session's transaction is committed."""
        if self._shared:
            await session.execute(text(f"NOTIFY {CHANNEL}"))
        event.listen(session.sync_session, "after_commit", lambda _: self.tell(), once=True)

    def tell(self) -> None:
        """Wake those of this process."""
        for heard in self._listeners:
            heard.set()

    async def listen(self) -> None:
        """Until cancelled: wake those of this process when another process announces a change."""
        while self._shared:
            with contextlib.suppress(psycopg.Error, OSError):
                url = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
                async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.tell()  # what was announced while nobody listened
                    async for _ in connection.notifies():
                        self.tell()
            await asyncio.sleep(PAUSE)
