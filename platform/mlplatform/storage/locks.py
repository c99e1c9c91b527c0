"""Row locks with token, owner and expiry: whoever works on a row outside of a transaction holds its lock.

A holder that died loses its rows when the lock expires; one that was only slow finds that its writes no longer match.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.storage.tables import Service, Task

LEASE = timedelta(seconds=60)
"""Longer than the longest time-out of a call to an executor, so that a living holder never loses its lock."""
_PLAIN = {"synchronize_session": False}
OWNER = f"{socket.gethostname()}:{os.getpid()}"

BATCH = 500
"""Ids in one statement: SQLite takes 32,766 values, PostgreSQL 65,535."""
FREE = {"lock_token": None, "lock_owner": None, "lock_expires": None}

Row = type[Task] | type[Service]


async def claim(session: AsyncSession, table: Row, id_: str, state: str) -> str | None:
    """Take the lock of a row that is in this state; returns the token, or None when it moved on or someone holds it."""
    token, taken = await claim_all(session, table, [id_], state)
    return token if taken else None


async def claim_all(
    session: AsyncSession, table: Row, ids: Sequence[str], state: str, columns: Sequence[Any] = (), /, **values: Any
) -> tuple[str, list[Any]]:
    """Take the locks of those of the rows that are in this state and free, and write `values` into them.

    Returns:
        The token of all of them; of each that was taken the id and then `columns`.
    """
    now = datetime.now(UTC)
    token = secrets.token_hex(16)
    values = {"lock_token": token, "lock_owner": OWNER, "lock_expires": now + LEASE, **values}
    taken: list[Any] = []
    for some in _batches(ids):
        mine = update(table).where(table.id.in_(some), table.state == state, _is_free(table, now)).values(**values)
        taken += await session.execute(mine.returning(table.id, *columns), execution_options=_PLAIN)
    return token, taken


async def release(session: AsyncSession, table: Row, id_: str, token: str, was: str, /, **values: Any) -> bool:
    """Write, and give the lock back. Nothing is written (False) when the lock was lost, or the row left the state it `was` in."""
    return await release_all(session, table, [id_], token, was, **values) == 1


async def release_all(
    session: AsyncSession, table: Row, ids: Sequence[str], token: str, was: str, /, **values: Any
) -> int:
    """As `release`, for many rows that get the same values; returns how many were written."""
    written = 0
    for some in _batches(ids):
        mine = update(table).where(table.id.in_(some), table.lock_token == token)
        met = await count(session, mine.where(table.state == was).values(**FREE, **values))
        if met < len(some):
            await count(session, mine.values(**FREE))
        written += met
    return written


async def write_all(session: AsyncSession, table: Row, ids: Sequence[str], was: str, /, **values: Any) -> int:
    """Write what needs no work in between into those of the rows that are in the state they were in and that nobody works on; returns how
    many those are. One statement is a lock of its own."""
    now = datetime.now(UTC)
    written = 0
    for some in _batches(ids):
        free = update(table).where(table.id.in_(some), table.state == was, _is_free(table, now))
        written += await count(session, free.values(**values))
    return written


async def changed(session: AsyncSession, statement: Any) -> bool:
    """Execute an update; whether it met its one row."""
    return await count(session, statement) == 1


async def count(session: AsyncSession, statement: Any) -> int:
    """Execute an update; how many rows it met."""
    return cast(CursorResult[Any], await session.execute(statement, execution_options=_PLAIN)).rowcount


def _is_free(table: Row, now: datetime) -> ColumnElement[bool]:
    return or_(table.lock_token.is_(None), table.lock_expires < now)


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(ids), BATCH):
        yield ids[begin : begin + BATCH]
