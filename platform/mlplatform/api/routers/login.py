"""Signing in and out. No cookie: tokens travel in bodies and in the Authorization header, and are kept by the client."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from mlplatform.api.deps import CallerDep, PlatformDep, guessing
from mlplatform.api.problems import may
from mlplatform.core import audit, users
from mlplatform.models.user import Login, PasswordChange, PasswordSetting, RefreshRequest, Tokens

router = APIRouter(tags=["login"])
Guessing = Annotated[None, Depends(guessing)]


@router.post("/login", responses=may(401, 429))
async def sign_in(platform: PlatformDep, _limited: Guessing, request: Login) -> Tokens:
    """Sign in by name and password."""
    audit.recognise(request.name, "sign_in")
    return await users.login(platform, request.name, request.password.get_secret_value())


@router.post("/login/refresh", responses=may(401, 429))
async def refresh_tokens(platform: PlatformDep, _limited: Guessing, request: RefreshRequest) -> Tokens:
    """New tokens for a refresh token, which is used up; one that was used before ends all that came from it."""
    return await users.refresh(platform, request.refresh_token.get_secret_value())


@router.post("/logout", status_code=204, response_class=Response, responses=may(401, 429))
async def sign_out(platform: PlatformDep, _limited: Guessing, request: RefreshRequest) -> None:
    """Sign out: the refresh token and all that came from it are good for nothing any more."""
    await users.logout(platform, request.refresh_token.get_secret_value())


@router.post("/login/password", status_code=204, response_class=Response, responses=may(401, 429))
async def set_password(platform: PlatformDep, _limited: Guessing, request: PasswordSetting) -> None:
    """Set a password with the token that an administrator gave."""
    audit.recognise(request.name, "set_password")
    token, password = request.token.get_secret_value(), request.password.get_secret_value()
    await users.set_password(platform, request.name, token, password)


@router.put("/account/password", status_code=204, response_class=Response, responses=may(401, 429))
async def change_password(
    platform: PlatformDep, caller: CallerDep, _limited: Guessing, request: PasswordChange
) -> None:
    """Change one's own password."""
    await users.change_password(platform, caller, request.old.get_secret_value(), request.new.get_secret_value())
