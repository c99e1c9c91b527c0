"""Leadership by a row with an expiry: of several processes that want to, one leads; when it dies, another takes over."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError

from mlplatform.storage.database import Database
from mlplatform.storage.locks import OWNER, changed
from mlplatform.storage.tables import Lease

TERM = timedelta(seconds=15)
"""How long a leader that says nothing is believed to live: the longest that nobody leads after a crash."""


class Leadership:
    """One process's claim to lead.

    Args:
        term: how long it lasts when it is not renewed; `TERM` when left out.
    """

    def __init__(self, database: Database, name: str, term: timedelta | None = None) -> None:
        self._database = database
        self._name = name
        self._term = term
        self._token = secrets.token_hex(16)

    async def hold(self, renew: bool = True) -> bool:
        """Take or renew the lease; False while another process holds it, or this one does and does not want to `renew`."""
        now = datetime.now(UTC)
        values = {"token": self._token, "owner": OWNER, "expires": now + (self._term or TERM)}
        free = Lease.expires < now
        if renew:
            free = or_(Lease.token == self._token, free)
        async with self._database.transaction() as session:
            if await changed(session, update(Lease).where(Lease.name == self._name, free).values(**values)):
                return True
            if await session.get(Lease, self._name):
                return False
        try:
            async with self._database.transaction() as session:
                session.add(Lease(name=self._name, seen={}, **values))
        except IntegrityError:  # another was quicker
            return False
        return True

    async def release(self) -> None:
        """Let another lead at once."""
        async with self._database.transaction() as session:
            await changed(session, self._mine().values(expires=datetime.now(UTC)))

    async def publish(self, seen: dict[str, Any]) -> None:
        """Tell other processes what the leader sees; dropped when this is not the leader any more."""
        async with self._database.transaction() as session:
            await changed(session, self._mine().values(seen=seen))

    def _mine(self) -> Any:
        return update(Lease).where(Lease.name == self._name, Lease.token == self._token)
