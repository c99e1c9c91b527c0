"""What routers ask for: the platform, and who calls. Permissions are dependencies: a router without one does not compile into a route.

All are coroutines: a plain function would go to a thread and back, for a call of microseconds.
"""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from mlplatform.api.limits import Limits
from mlplatform.core import access, audit
from mlplatform.core.pages import Want
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem
from mlplatform.models.base import Text
from mlplatform.tokens import Caller, InvalidToken, Worker

_user = HTTPBearer(scheme_name="token", description="A token with the audience `api`", auto_error=False)
_scraper = HTTPBearer(scheme_name="metrics", description="A token with the audience `metrics`", auto_error=False)
_worker = HTTPBearer(scheme_name="worker", description="The token of a running task or service", auto_error=False)


async def get_platform(request: Request) -> Platform:
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
    request: Request,
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
    request.scope["subject"] = caller.subject  # for the log
    await limits.caller(caller.subject)
    async with platform.database.reading() as session:
        if await access.is_disabled(session, caller.subject):
            raise _refused("the user is disabled")
        return await access.with_grants(session, caller)


async def get_caller(request: Request, caller: Annotated[Caller, Depends(get_reader)]) -> Caller:
    """Who calls; from here on the audit log tells of it where it is to change something. Raises Problem 401."""
    if request.method not in SAFE:
        audit.recognise(caller.subject, request.scope["route"].name)
    return caller


async def get_worker(
    request: Request,
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
    request.scope["subject"] = f"{worker.kind}:{worker.id}"
    await limits.worker(worker.id)
    return worker


def get_scraper(
    request: Request,
    platform: PlatformDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_scraper)],
) -> None:
    """Raises Problem 401."""
    if credentials is None:
        raise _refused("no bearer token")
    try:
        request.scope["subject"] = platform.keyring.check_scraper(credentials.credentials)
    except InvalidToken as error:
        raise _refused(str(error)) from error


async def guessing(request: Request, limits: LimitsDep) -> None:
    """For routes that take a secret which somebody could guess at. Raises Problem 429."""
    await limits.login(request.client.host if request.client else "")


CallerDep = Annotated[Caller, Depends(get_caller)]
ReaderDep = Annotated[Caller, Depends(get_reader)]
WorkerDep = Annotated[Worker, Depends(get_worker)]


CursorQuery = Annotated[str | None, Query(max_length=200, description="`next` of the page before; none for the first")]


def get_want(cursor: CursorQuery = None, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Want:
    return Want(cursor, limit)


WantDep = Annotated[Want, Depends(get_want)]
"""Which page of a list; for every route that gives one."""
