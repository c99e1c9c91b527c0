"""Tenants: describe them, and choose whose quota a request uses."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.core import versions
from mlplatform.core.pages import Page, Want, cut
from mlplatform.core.platform import Platform
from mlplatform.core.states import HOLDING
from mlplatform.errors import Problem, conflict, invalid, not_found
from mlplatform.models.base import Text
from mlplatform.models.tenant import Limits, TenantRequest, TenantView
from mlplatform.scheduler.quotas import Quotas
from mlplatform.scheduler.state import DEFAULT_TENANT, Amount
from mlplatform.scheduler.view import TABLES, read
from mlplatform.storage.tables import Tenant
from mlplatform.tokens import Caller

TENANT = Text(en="tenant", zh="租户")


async def choose(session: AsyncSession, caller: Caller, wanted: str | None, priority: int) -> str:
    """The tenant of a request: the one it names, else the only one that lists the caller, else the default one.

    Raises:
        Problem: 404 for a tenant that does not list the caller, 422 when there are several to choose from, 403 for too high a priority.
    """
    if wanted is None:
        known = await session.execute(select(Tenant.name, Tenant.members))
        mine = sorted(name for name, members in known if caller.subject in members)
        if len(mine) > 1:
            several = Text(en="Name a tenant: you belong to several.", zh="您属于多个租户，请指明租户。")
            raise invalid(several, ", ".join(mine))
        wanted = mine[0] if mine else DEFAULT_TENANT
    elif wanted != DEFAULT_TENANT:
        row = await session.get(Tenant, wanted)
        if row is None or not _sees(caller, row):
            raise not_found(TENANT, wanted)
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
        rows = list(await session.scalars(select(Tenant).order_by(Tenant.name)))
        used = await _used(session)
    return cut([row for row in rows if _sees(caller, row)], lambda row: row.name, want).map(
        lambda row: _view(row, used)
    )


async def get(platform: Platform, caller: Caller, name: str) -> TenantView:
    """One tenant.

    Raises:
        Problem: 404.
    """
    async with platform.database.transaction() as session:
        row = await session.get(Tenant, name)
        if row is None or not _sees(caller, row):
            raise not_found(TENANT, name)
        return _view(row, await _used(session))


async def put(platform: Platform, caller: Caller, name: str, request: TenantRequest) -> TenantView:
    """Make or replace a tenant. What runs beyond a lowered quota goes on; nothing new starts until it is within.

    Raises:
        Problem: 403.
    """
    admin_only(caller)
    async with platform.database.transaction() as session:
        row = await session.get(Tenant, name, with_for_update=True)
        if versions.wanted():
            versions.require(_view(row, await _used(session)) if row else None)
        row = row or Tenant(name=name)
        for field, value in request.model_dump().items():
            setattr(row, field, value)
        session.add(row)
        await platform.database.changes.announce(session)
    return await get(platform, caller, name)


async def delete(platform: Platform, caller: Caller, name: str) -> None:
    """Remove a tenant.

    Raises:
        Problem: 403, 404, or 409 while something of it waits or runs.
    """
    admin_only(caller)
    async with platform.database.transaction() as session:
        row = await session.get(Tenant, name)
        if row is None:
            raise not_found(TENANT, name)
        if versions.wanted():
            versions.require(_view(row, await _used(session)))
        for table in TABLES.values():
            living = select(func.count()).where(table.tenant == name, table.state.in_([*HOLDING, "queued"]))
            if count := await session.scalar(living):
                raise conflict(
                    "in_use", Text(en="Something of the tenant waits or runs.", zh="该租户仍有工作。"), f"{count}"
                )
        await session.delete(row)


def admin_only(caller: Caller) -> None:
    """Refuse everybody else.

    Raises:
        Problem: 403.
    """
    if caller.role != "admin":
        raise Problem(403, "forbidden", Text(en="This is for administrators.", zh="仅限管理员。"), caller.role)


def _sees(caller: Caller, row: Tenant) -> bool:
    return caller.role == "admin" or row.name == DEFAULT_TENANT or caller.subject in row.members


async def _used(session: AsyncSession) -> Quotas:
    state = await read(session, (), "")
    return Quotas(state.tenants, state.running)


def _view(row: Tenant, used: Quotas) -> TenantView:
    return TenantView(
        name=row.name,
        quota=Limits.model_validate(row.quota),
        borrowing=Limits.model_validate(row.borrowing),
        cohort=row.cohort,
        weight=row.weight,
        max_priority=row.max_priority,
        members=row.members,
        used=_limits(used.used(row.name)),
    )


def _limits(amount: Amount) -> Limits:
    """A use as the API shows amounts. Memory in whole mebibytes, rounded up."""
    memory = -(-amount.memory // (1 << 20))
    return Limits(cpu=amount.cpu / 1000, memory=f"{memory}Mi" if memory else "0", gpu=amount.gpu)
