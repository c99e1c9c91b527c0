"""Tenants: describe them, and choose whose quota a request uses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from sqlalchemy import delete as sql_delete
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform import policy
from mlplatform.core import audit, versions
from mlplatform.core.pages import Page, Want, cut
from mlplatform.core.platform import Platform
from mlplatform.core.states import HOLDING
from mlplatform.errors import Problem, conflict, invalid, not_found
from mlplatform.models.base import Text
from mlplatform.models.tenant import Limits, Members, TenantRequest, TenantRole, TenantView
from mlplatform.scheduler.quotas import Quotas
from mlplatform.scheduler.state import DEFAULT_TENANT, Amount
from mlplatform.scheduler.view import TABLES, read
from mlplatform.storage.tables import Member, Tenant
from mlplatform.tokens import Caller

TENANT = Text(en="tenant", zh="租户")


async def choose(
    session: AsyncSession, caller: Caller, wanted: str | None, action: policy.Action, priority: int = 0
) -> str:
    """The tenant of a request: the one it names, else the only one where the caller may do this, else the default one.

    Raises:
        Problem: 404 for a tenant that does not list the caller, 422 when there are several to choose from, 403 for what the caller's role
            there does not allow, and for too high a priority.
    """
    mine = sorted(name for name in caller.grants if policy.decide(caller, action, policy.Place(name)).allowed)
    if wanted is None:
        if len(mine) > 1:
            several = Text(en="Name a tenant: you belong to several.", zh="您属于多个租户，请指明租户。")
            raise invalid(several, ", ".join(mine))
        wanted = mine[0] if mine else DEFAULT_TENANT
    if wanted != DEFAULT_TENANT and await session.get(Tenant, wanted) is None:
        raise not_found(TENANT, wanted)
    policy.require(caller, action, policy.Place(wanted, caller.subject), not_found(TENANT, wanted))
    await check_priority(session, caller, wanted, priority)
    return wanted


async def check_priority(session: AsyncSession, caller: Caller, name: str, priority: int) -> None:
    """Refuse a priority that the caller has no right to.

    Raises:
        Problem: 403.
    """
    tenant = await session.get(Tenant, name)
    if tenant and caller.role != "admin" and priority > tenant.max_priority:
        refused = Text(
            en="This priority is higher than the tenant's members may ask for.", zh="优先级超出该租户成员的权限。"
        )
        raise Problem(403, "priority", refused, f"{priority}; {name} allows at most {tenant.max_priority}")


async def list_page(platform: Platform, caller: Caller, want: Want) -> Page[TenantView]:
    """The caller's tenants; all of them for an administrator."""
    async with platform.database.transaction() as session:
        rows = [row for row in await session.scalars(select(Tenant).order_by(Tenant.name)) if _sees(caller, row.name)]
        members = await _members(session, [row.name for row in rows])
        used = await _used(session)
    page = cut(rows, lambda row: row.name, want)
    return page.map(lambda row: _view(row, members[row.name], used))


async def get(platform: Platform, caller: Caller, name: str) -> TenantView:
    """One tenant.

    Raises:
        Problem: 404.
    """
    async with platform.database.transaction() as session:
        row = await session.get(Tenant, name)
        if row is None or not _sees(caller, name):
            raise not_found(TENANT, name)
        return _view(row, (await _members(session, [name]))[name], await _used(session))


async def put(platform: Platform, caller: Caller, name: str, request: TenantRequest) -> TenantView:
    """Make or replace a tenant. What runs beyond a lowered quota goes on; nothing new starts until it is within.

    Raises:
        Problem: 403.
    """
    policy.require_platform(caller, "describe_tenant")
    async with platform.database.transaction() as session:
        row = await session.get(Tenant, name, with_for_update=True)
        if versions.wanted():
            versions.require(_view(row, (await _members(session, [name]))[name], await _used(session)) if row else None)
        row = row or Tenant(name=name)
        for field, value in request.model_dump(exclude={"members"}).items():
            setattr(row, field, value)
        session.add(row)
        await session.flush()
        await _replace_members(session, name, request.members)
        audit.record(session, f"tenant {name}")
        await platform.database.changes.announce(session)
    return await get(platform, caller, name)


async def set_members(platform: Platform, caller: Caller, name: str, members: Members) -> TenantView:
    """Choose who belongs to a tenant. It counts from the next request on.

    Raises:
        Problem: 403, 404.
    """
    async with platform.database.transaction() as session:
        if await session.get(Tenant, name) is None or not _sees(caller, name):
            raise not_found(TENANT, name)
        policy.require(caller, "set_members", policy.Place(name, caller.subject), not_found(TENANT, name))
        await _replace_members(session, name, members)
        audit.record(session, f"tenant {name}")
        row = await session.get_one(Tenant, name)
        return _view(row, members, await _used(session))


async def delete(platform: Platform, caller: Caller, name: str) -> None:
    """Remove a tenant.

    Raises:
        Problem: 403, 404, or 409 while something of it waits or runs.
    """
    policy.require_platform(caller, "describe_tenant")
    async with platform.database.transaction() as session:
        row = await session.get(Tenant, name)
        if row is None:
            raise not_found(TENANT, name)
        if versions.wanted():
            versions.require(_view(row, (await _members(session, [name]))[name], await _used(session)))
        for table in TABLES.values():
            living = select(func.count()).where(table.tenant == name, table.state.in_([*HOLDING, "queued"]))
            if count := await session.scalar(living):
                raise conflict(
                    "in_use", Text(en="Something of the tenant waits or runs.", zh="该租户仍有工作。"), f"{count}"
                )
        await session.delete(row)
        audit.record(session, f"tenant {name}")


def _sees(caller: Caller, name: str) -> bool:
    return name == DEFAULT_TENANT or policy.sees(caller, policy.Place(name))


async def _members(session: AsyncSession, names: Iterable[str]) -> dict[str, Members]:
    members: dict[str, Members] = {name: {} for name in names}
    for row in await session.scalars(select(Member).where(Member.tenant.in_(members)).order_by(Member.subject)):
        members[row.tenant][row.subject] = cast(TenantRole, row.role)
    return members


async def _replace_members(session: AsyncSession, name: str, members: Members) -> None:
    await session.execute(sql_delete(Member).where(Member.tenant == name))
    session.add_all(Member(tenant=name, subject=subject, role=role) for subject, role in members.items())


async def _used(session: AsyncSession) -> Quotas:
    state = await read(session, (), "")
    return Quotas(state.tenants, state.running)


def _view(row: Tenant, members: Members, used: Quotas) -> TenantView:
    return TenantView(
        name=row.name,
        quota=Limits.model_validate(row.quota),
        borrowing=Limits.model_validate(row.borrowing),
        cohort=row.cohort,
        weight=row.weight,
        max_priority=row.max_priority,
        members=members,
        used=_limits(used.used(row.name)),
    )


def _limits(amount: Amount) -> Limits:
    """A use as the API shows amounts. Memory in whole mebibytes, rounded up."""
    memory = -(-amount.memory // (1 << 20))
    return Limits(cpu=amount.cpu / 1000, memory=f"{memory}Mi" if memory else "0", gpu=amount.gpu)
