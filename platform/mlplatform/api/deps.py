"""What routers ask for: the platform, and who calls. Permissions are dependencies: a router without one does not compile into a route."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from mlplatform.api.limits import Limits
from mlplatform.core import access, audit
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem
from mlplatform.models.base import Text
from mlplatform.tokens import Caller, InvalidToken, Worker

_user = HTTPBearer(scheme_name="token", description="A token with the audience `api`", auto_error=False)
_worker = HTTPBearer(scheme_name="worker", description="The token of a running task or service", auto_error=False)


def get_platform(request: Request) -> Platform:
    return cast(Platform, request.app.state.platform)


PlatformDep = Annotated[Platform, Depends(get_platform)]


def get_limits(request: Request) -> Limits:
    return cast(Limits, request.app.state.limits)


LimitsDep = Annotated[Limits, Depends(get_limits)]


def _refused(why: str) -> Problem:
    return Problem(401, "unauthorized", Text(en="A valid token is needed.", zh="需要有效的令牌。"), why)


SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""


async def get_reader(
    platform: PlatformDep,
    limits: LimitsDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_user)],
) -> Caller:
    """Who calls a route that changes nothing, though its method is POST. Raises Problem 401."""
    if credentials is None:
        raise _refused("no bearer token")
    try:
        caller = platform.keyring.check_caller(credentials.credentials)
    except InvalidToken as error:
        raise _refused(str(error)) from error
    await limits.caller(caller.subject)
    async with platform.database.transaction() as session:
        if await access.is_disabled(session, caller.subject):
            raise _refused("the user is disabled")
        return await access.with_grants(session, caller)


async def get_caller(request: Request, caller: Annotated[Caller, Depends(get_reader)]) -> Caller:
    """Who calls; from here on the audit log tells of it where it is to change something. Raises Problem 401."""
    if request.method not in SAFE:
        route = request.scope["route"]
        audit.recognise(caller.subject, f"{route.tags[0]}.{route.name}")
    return caller


async def get_worker(
    platform: PlatformDep,
    limits: LimitsDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_worker)],
) -> Worker:
    """Raises Problem 401."""
    if credentials is None:
        raise _refused("no bearer token")
    try:
        worker = platform.keyring.check_worker(credentials.credentials)
    except InvalidToken as error:
        raise _refused(str(error)) from error
    await limits.worker(worker.id)
    return worker


async def guessing(request: Request, limits: LimitsDep) -> None:
    """For routes that take a secret which somebody could guess at. Raises Problem 429."""
    await limits.login(request.client.host if request.client else "")


CallerDep = Annotated[Caller, Depends(get_caller)]
ReaderDep = Annotated[Caller, Depends(get_reader)]
WorkerDep = Annotated[Worker, Depends(get_worker)]
