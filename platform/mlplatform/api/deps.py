"""What routers ask for: the platform, and who calls. Permissions are dependencies: a router without one does not compile into a route."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from mlplatform.core import access
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem
from mlplatform.models.base import Text
from mlplatform.tokens import Caller, InvalidToken, Worker

_user = HTTPBearer(scheme_name="token", description="A token with the audience `api`", auto_error=False)
_worker = HTTPBearer(scheme_name="worker", description="The token of a running task or service", auto_error=False)


def get_platform(request: Request) -> Platform:
    return cast(Platform, request.app.state.platform)


PlatformDep = Annotated[Platform, Depends(get_platform)]


def _refused(why: str) -> Problem:
    return Problem(401, "unauthorized", Text(en="A valid token is needed.", zh="需要有效的令牌。"), why)


async def get_caller(
    platform: PlatformDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_user)]
) -> Caller:
    """Raises Problem 401."""
    if credentials is None:
        raise _refused("no bearer token")
    try:
        caller = platform.keyring.check_caller(credentials.credentials)
    except InvalidToken as error:
        raise _refused(str(error)) from error
    async with platform.database.transaction() as session:
        return await access.with_grants(session, caller)


def get_worker(
    platform: PlatformDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_worker)]
) -> Worker:
    """Raises Problem 401."""
    if credentials is None:
        raise _refused("no bearer token")
    try:
        return platform.keyring.check_worker(credentials.credentials)
    except InvalidToken as error:
        raise _refused(str(error)) from error


CallerDep = Annotated[Caller, Depends(get_caller)]
WorkerDep = Annotated[Worker, Depends(get_worker)]
