"""The database: an engine for SQLite or PostgreSQL, sessions, migrations."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from mlplatform.storage.changes import Changes

IDLE = 1.0
"""Seconds after which an unused connection is tried before it is used: a busy one would only be slower for it."""
_READS = "mlplatform_reads"
MIGRATIONS = Path(__file__).parent / "migrations"


TIMEOUT = 30.0
"""Seconds that a transaction may take, with getting a connection: a server that is frozen or cut off says nothing at all."""


class DatabaseAway(ConnectionError):
    """The database does not answer now; trying again later may help. Nothing was written, or all of it."""


class Database:
    """Sessions over one engine.

    Args:
        url: SQLAlchemy URL.
        password_file: holds the password of the URL's user.
        timeout: seconds that a transaction may take.
    """

    def __init__(self, url: str, password_file: Path | None = None, timeout: float = TIMEOUT) -> None:
        self._timeout = timeout
        full = make_url(url)
        if password_file:
            full = full.set(password=password_file.read_text().strip())
        self.url = full
        if full.get_backend_name() == "sqlite":
            self.engine: AsyncEngine = create_async_engine(full)
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_immediately)
        else:
            self.engine = create_async_engine(full, pool_size=10)
            event.listen(self.engine.sync_engine, "checkin", _note_use)
            event.listen(self.engine.sync_engine, "checkout", self._ping)
        self.changes = Changes(full)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed at the end, or not at all. Make no network call inside.

        Raises:
            DatabaseAway: see there.
        """
        async with self._answering(), self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads: with SQLite it neither waits for a writer nor holds one up.

        Raises:
            DatabaseAway: see there.
        """
        async with self._answering(), self._sessions() as session, session.begin():
            await session.connection(execution_options={_READS: True})
            yield session

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._timeout) as limit:
                yield
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            said = str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
            raise DatabaseAway(f"the database: {said}") from error
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise DatabaseAway(f"the database did not answer within {self._timeout:g} s") from error

    def _ping(self, connection: Any, record: ConnectionPoolEntry, _fairy: Any) -> None:
        """Find out whether a connection still lives that nobody used for a while; a dead one is replaced."""
        if time.monotonic() - record.info.get("used", -math.inf) < IDLE:
            return
        dialect = self.engine.sync_engine.dialect
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    async def migrate(self) -> None:
        """Bring the tables to this version's shape."""
        await asyncio.to_thread(_upgrade, self.url.render_as_string(hide_password=False))

    async def close(self) -> None:
        await self.changes.close()
        await self.engine.dispose()


def _upgrade(url: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url  # an attribute, since options are subject to %-interpolation
    command.upgrade(config, "head")


def _note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediately(connection: Any) -> None:
    """Take the write lock at once: a reader that wants to write later would fail instead of waiting."""
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(_READS) else "BEGIN IMMEDIATE")
