"""Users. For administrators."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep, WantDep
from mlplatform.api.problems import may
from mlplatform.core import users
from mlplatform.models.user import Disabling, Invitation, UserName, UserRequest, UserView

router = APIRouter(prefix="/users", tags=["users"])


class UserList(BaseModel):
    items: list[UserView]
    next: str | None
    """The cursor of the following page; null at the end."""


@router.get("", responses=may(403))
async def list_users(platform: PlatformDep, caller: CallerDep, want: WantDep) -> UserList:
    """Every user, by name."""
    return UserList(**vars(await users.list_page(platform, caller, want)))


@router.post("", status_code=201, responses=may(403, 409))
async def add_user(platform: PlatformDep, caller: CallerDep, request: UserRequest) -> Invitation:
    """Make a user; the answer has the token to set a password with, and is the only place that does."""
    return await users.add(platform, caller, request)


@router.put("/{name}/disabled", responses=may(403, 404))
async def set_disabled(platform: PlatformDep, caller: CallerDep, name: UserName, request: Disabling) -> UserView:
    """Disable a user, or let one in again."""
    return await users.set_disabled(platform, caller, name, request.disabled)


@router.post("/{name}/reset", responses=may(403, 404))
async def reset_password(platform: PlatformDep, caller: CallerDep, name: UserName) -> Invitation:
    """Take the password away, and a token to set a new one."""
    return await users.reset(platform, caller, name)
