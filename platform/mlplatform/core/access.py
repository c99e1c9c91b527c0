"""The caller's roles in the database, and the policy as a condition of a query."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.models.tenant import TenantRole
from mlplatform.scheduler.state import DEFAULT_TENANT
from mlplatform.storage.tables import Member, User
from mlplatform.tokens import Caller


async def with_grants(session: AsyncSession, caller: Caller) -> Caller:
    """The caller with the roles that the tenants give at this moment; a token does not carry them, so a change needs no new token."""
    rows = await session.execute(select(Member.tenant, Member.role).where(Member.subject == caller.subject))
    return replace(caller, grants={tenant: cast(TenantRole, role) for tenant, role in rows})


async def is_disabled(session: AsyncSession, subject: str) -> bool:
    """Whether a subject is a user who is let in no more. Subjects of `mlplatform token create` need be no users."""
    return bool(await session.scalar(select(User.disabled).where(User.name == subject)))


def visible(caller: Caller, table: Any) -> ColumnElement[bool]:
    """`policy.sees` for the rows of a table with `tenant` and `owner`."""
    if caller.role == "admin":
        return true()
    own = and_(table.tenant == DEFAULT_TENANT, table.owner == caller.subject)
    return or_(table.tenant.in_(caller.grants), own)
