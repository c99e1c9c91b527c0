"""Idempotency keys: the answer to a request that created something is kept, so that asking again creates nothing twice.

The answer is written in the transaction that creates (`keep`). So after a crash there is either both, and the answer is given again, or
neither, and the request is carried out when it comes again. Who carries a request out holds its row by a token for a while; one that was
believed dead finds at the end that its token is another's, and creates nothing.
"""

from __future__ import annotations

import secrets
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.core.platform import Platform
from mlplatform.errors import conflict, invalid
from mlplatform.models.base import Text
from mlplatform.storage.locks import changed
from mlplatform.storage.tables import Reply

KEPT = timedelta(hours=24)
HELD = timedelta(seconds=60)
"""How long who carries a request out is believed to live."""
CREATED = 201
_OTHER = Text(
    en="This idempotency key was used for another request; take a new one.",
    zh="该幂等键已用于其他请求，请换用新的键。",
)
_BUSY = Text(
    en="The request with this idempotency key is being carried out; ask again.",
    zh="带此幂等键的请求正在处理，请稍后重试。",
)


@dataclass(frozen=True)
class Held:
    """A request that is being carried out."""

    subject: str
    key: str
    token: str


@dataclass(frozen=True)
class Kept:
    """An answer that was given before."""

    status: int
    body: str
    content: str | None
    """SHA-256 of the body of the request that was streamed, where one was."""


_held: ContextVar[Held | None] = ContextVar("held", default=None)


def hold(held: Held | None) -> None:
    """What `keep` keeps from now on in this task."""
    _held.set(held)


async def begin(platform: Platform, subject: str, key: str, request: str) -> Held | Kept:
    """Carry a request out, or learn that it was.

    Args:
        request: a digest of all of it that is known before it is carried out.

    Raises:
        Problem: 422 when the key was another request's, 409 while that one is carried out.
    """
    while True:
        now = datetime.now(UTC)
        held = Held(subject, key, secrets.token_hex(16))
        try:
            async with platform.database.transaction() as session:
                await session.execute(delete(Reply).where(Reply.expires < now))
                row = await session.get(Reply, (subject, key), with_for_update=True)
                if row is None:
                    values = {"token": held.token, "held_until": now + HELD, "expires": now + KEPT}
                    session.add(Reply(subject=subject, key=key, request=request, **values))
                    await session.flush()
                    return held
                if row.request != request:
                    raise other()
                if row.status is not None and row.body is not None:
                    return Kept(row.status, row.body, row.content)
                if row.held_until > now:
                    raise conflict("in_progress", _BUSY, key)
                row.token, row.held_until = held.token, now + HELD
                return held
        except IntegrityError:
            continue  # another came with it a moment ago


async def keep(session: AsyncSession, answer: BaseModel, content: str | None = None) -> None:
    """Keep the answer in the transaction that makes it true, when the request has a key.

    Raises:
        Problem: 409 when another carries the request out, since this one took too long.
    """
    if (held := _held.get()) is None:
        return
    values = {"status": CREATED, "body": answer.model_dump_json(), "content": content}
    mine = update(Reply).where(Reply.subject == held.subject, Reply.key == held.key, Reply.token == held.token)
    if not await changed(session, mine.values(**values)):
        raise conflict("in_progress", _BUSY, held.key)


async def drop(platform: Platform, held: Held) -> None:
    """Forget a request that created nothing: the next one with its key is carried out."""
    async with platform.database.transaction() as session:
        mine = (Reply.subject == held.subject, Reply.key == held.key, Reply.token == held.token)
        await session.execute(delete(Reply).where(*mine, Reply.status.is_(None)))


def other() -> Exception:
    return invalid(_OTHER)
