"""Waking up when something changed, instead of looking again and again: in process by an event, between processes by PostgreSQL's NOTIFY."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import psycopg
from sqlalchemy import URL, event
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
        self._unsaid = False
        """Something changed that the other processes were not told of."""
        self._saying: asyncio.Task[None] | None = None
        self._speaker: psycopg.AsyncConnection[Any] | None = None

    def subscribe(self) -> asyncio.Event:
        """An event that is set at each change; who waits for it clears it before looking."""
        heard = asyncio.Event()
        self._listeners.append(heard)
        return heard

    async def announce(self, session: AsyncSession) -> None:
        """Tell everybody once this session's transaction is committed."""
        event.listen(session.sync_session, "after_commit", lambda _: self._committed(), once=True)

    def _committed(self) -> None:
        self.tell()
        if self._shared:
            self._unsaid = True
            if self._saying is None or self._saying.done():
                self._saying = asyncio.get_running_loop().create_task(self._say())

    async def _say(self) -> None:
        """Tell the other processes, once for all that is committed meanwhile. Not inside of the transactions themselves: PostgreSQL commits
        those with a NOTIFY one after the other, each with its own wait for the disk."""
        try:
            if self._speaker is None:
                self._speaker = await self._connect(
                    "-c synchronous_commit=off"
                )  # who dies now was not heard: nothing is lost
            while self._unsaid:
                self._unsaid = False
                await self._speaker.execute(f"NOTIFY {CHANNEL}")
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

    async def listen(self) -> None:
        """Until cancelled: wake those of this process when another process announces a change."""
        while self._shared:
            with contextlib.suppress(psycopg.Error, OSError):
                async with await self._connect() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.tell()  # what was announced while nobody listened
                    async for _ in connection.notifies():
                        self.tell()
            await asyncio.sleep(PAUSE)
