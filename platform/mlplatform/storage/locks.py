"""Row locks with token, owner and expiry: whoever works on a row outside of a transaction holds its lock.

A holder that died loses its rows when the lock expires; one that was only slow finds that its writes no longer match.
"""

from __future__ import annotations

import os
import secrets
import socket
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.storage.tables import Service, Task

LEASE = timedelta(seconds=60)
"""Longer than the longest time-out of a call to an executor, so that a living holder never loses its lock."""
OWNER = f"{socket.gethostname()}:{os.getpid()}"

Row = type[Task] | type[Service]


async def claim(session: AsyncSession, table: Row, id_: str, state: str) -> str | None:
    """Take the lock of a row that is in this state; returns the token, or None when it moved on or someone holds it."""
    now = datetime.now(UTC)
    token = secrets.token_hex(16)
    statement = (
        update(table)
        .where(table.id == id_, table.state == state, or_(table.lock_token.is_(None), table.lock_expires < now))
        .values(lock_token=token, lock_owner=OWNER, lock_expires=now + LEASE)
    )
    return token if await changed(session, statement) else None


async def release(session: AsyncSession, table: Row, id_: str, token: str, was: str, /, **values: Any) -> bool:
    """Write, and give the lock back. Nothing is written (False) when the lock was lost, or the row left the state it `was` in."""
    mine = update(table).where(table.id == id_, table.lock_token == token)
    free = {"lock_token": None, "lock_owner": None, "lock_expires": None}
    if await changed(session, mine.where(table.state == was).values(**free, **values)):
        return True
    await changed(session, mine.values(**free))
    return False


async def changed(session: AsyncSession, statement: Any) -> bool:
    """Execute an update; whether it met its one row."""
    result = cast(CursorResult[Any], await session.execute(statement, execution_options={"synchronize_session": False}))
    return result.rowcount == 1
