"""Tenants and their quotas."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep, WantDep
from mlplatform.api.etags import IF_MATCH
from mlplatform.api.problems import may
from mlplatform.core import tenants
from mlplatform.models.base import Name
from mlplatform.models.tenant import MembersRequest, TenantRequest, TenantView

router = APIRouter(prefix="/tenants", tags=["tenants"])


class TenantList(BaseModel):
    items: list[TenantView]
    next: str | None
    """The cursor of the following page; null at the end."""


@router.get("")
async def list_tenants(platform: PlatformDep, caller: CallerDep, want: WantDep) -> TenantList:
    """The caller's tenants with what they use, by name; an administrator sees all."""
    return TenantList(**vars(await tenants.list_page(platform, caller, want)))


@router.get("/{name}", responses=may(404))
async def get_tenant(platform: PlatformDep, caller: CallerDep, name: Name) -> TenantView:
    """One tenant."""
    return await tenants.get(platform, caller, name)


@router.put("/{name}", responses=may(403, 412), dependencies=[IF_MATCH])
async def put_tenant(platform: PlatformDep, caller: CallerDep, name: Name, request: TenantRequest) -> TenantView:
    """Make a tenant, or replace its description. For administrators."""
    return await tenants.put(platform, caller, name, request)


@router.put("/{name}/members", responses=may(403, 404))
async def put_tenant_members(
    platform: PlatformDep, caller: CallerDep, name: Name, request: MembersRequest
) -> TenantView:
    """Choose the members of a tenant and their roles. For the tenant's admins."""
    return await tenants.set_members(platform, caller, name, request.members)


@router.delete(
    "/{name}", status_code=204, response_class=Response, responses=may(403, 404, 409, 412), dependencies=[IF_MATCH]
)
async def delete_tenant(platform: PlatformDep, caller: CallerDep, name: Name) -> None:
    """Remove a tenant that nothing waits or runs in. For administrators."""
    await tenants.delete(platform, caller, name)
