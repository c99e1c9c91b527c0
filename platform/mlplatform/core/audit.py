"""The audit log: who changed what, or tried to. An entry is written in the transaction of the change that it tells of, so there is neither
without the other; a refusal, which changes nothing, has a transaction of its own.

The request at hand is a context variable: a core function says what it changed, and need not carry who asked from where.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform import policy
from mlplatform.core import pages
from mlplatform.core.pages import Page, Want
from mlplatform.core.platform import Platform
from mlplatform.ids import new_id
from mlplatform.models.audit import AuditView
from mlplatform.storage.tables import AuditEntry
from mlplatform.tokens import Caller

Outcome = Literal["done", "refused", "failed"]
LONGEST = 300
"""Characters of what an entry names: an address may be of any length."""


@dataclass
class Attempt:
    """A request, as far as the log tells of it."""

    request_id: str
    address: str
    """Where it came from: the connection's other end. What a header claims is not believed."""
    subject: str = ""
    """Empty as long as nobody was recognised, or where the request changes nothing: then nothing is written."""
    action: str = ""
    recorded: bool = False


_current: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def begin(request_id: str, address: str) -> None:
    """A request has come."""
    _current.set(Attempt(request_id, address))


def recognise(subject: str, action: str) -> None:
    """It is known who asks for which change."""
    if attempt := _current.get():
        attempt.subject, attempt.action = subject, action


def record(session: AsyncSession, what: str) -> None:
    """Tell of the change that this session's transaction makes.

    Args:
        what: the thing changed: `task 0dxq…`. Never a secret.
    """
    if (attempt := _current.get()) and attempt.subject:
        session.add(_entry(attempt, what, "done", ""))
        event.listen(session.sync_session, "after_commit", lambda _: setattr(attempt, "recorded", True), once=True)


async def refuse(platform: Platform, what: str, outcome: Outcome, code: str) -> None:
    """Tell of a change that was not made. Nothing is written twice."""
    if (attempt := _current.get()) and attempt.subject and not attempt.recorded:
        async with platform.database.transaction() as session:
            session.add(_entry(attempt, what, outcome, code))
        attempt.recorded = True


async def page(
    platform: Platform,
    caller: Caller,
    *,
    subject: str | None,
    action: str | None,
    outcome: Outcome | None,
    want: Want,
) -> Page[AuditView]:
    """Entries, newest first.

    Raises:
        Problem: 403.
    """
    policy.require_platform(caller, "read_audit")
    query = select(AuditEntry)
    for column, wanted in ((AuditEntry.subject, subject), (AuditEntry.action, action), (AuditEntry.outcome, outcome)):
        if wanted:
            query = query.where(column == wanted)
    async with platform.database.transaction() as session:
        page = await pages.read(session, query, AuditEntry.id, want, newest_first=True)
    return page.map(lambda row: AuditView.model_validate(row, from_attributes=True))


def _entry(attempt: Attempt, what: str, outcome: Outcome, code: str) -> AuditEntry:
    return AuditEntry(
        id=new_id(),
        at=datetime.now(UTC),
        subject=attempt.subject,
        address=attempt.address,
        request_id=attempt.request_id,
        action=attempt.action,
        what=what[:LONGEST],
        outcome=outcome,
        code=code,
    )
