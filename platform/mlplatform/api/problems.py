"""Every error leaves as an RFC 9457 problem document with the request's id, in the language that the caller prefers."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount

from mlplatform.api.middleware import SECURITY
from mlplatform.core import audit
from mlplatform.errors import Problem
from mlplatform.models.base import Text
from mlplatform.storage.blobs import StoreError
from mlplatform.storage.database import DatabaseAway

log = structlog.get_logger()


class ProblemDocument(BaseModel):
    """RFC 9457."""

    model_config = ConfigDict(extra="allow")

    type: str
    """Stable: `urn:slipway:problem:CODE`."""
    title: str
    status: int
    detail: str
    instance: str
    """The request's id: look for it in the logs."""


_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
RESPONSES: dict[int | str, dict[str, Any]] = {"default": {"description": "A problem", "content": _CONTENT}}
MEANINGS = {
    400: "The body is no JSON that can be read",
    401: "No valid token for this audience",
    403: "The caller may not do this",
    404: "There is no such thing among the caller's",
    409: "It is in a state that does not allow this, or the name is taken",
    410: "This work has ended; the runner ends too",
    412: "It changed since the version that `If-Match` names",
    413: "The body is too large",
    422: "The request is not what this address expects; `errors` names the fields",
    429: "Too many requests; `Retry-After` says when the next one may come",
    502: "The service did not answer as it should",
    503: "It cannot be served now; later it may",
}
_TITLES = {
    404: Text(en="There is nothing at this address.", zh="此地址没有内容。"),
    405: Text(en="This address does not take this method.", zh="此地址不支持该方法。"),
}
_OTHER = Text(en="The request cannot be served.", zh="无法处理该请求。")
_INVALID = Text(en="The request is not what this address expects.", zh="请求不符合此地址的要求。")
DATABASE = Text(
    en="The database does not answer; what runs goes on. Try again in a moment.",
    zh="数据库没有响应；正在运行的工作不受影响。请稍后重试。",
)
_STORE = Text(
    en="The store of files and logs does not answer; what runs goes on. Try again in a moment.",
    zh="文件与日志存储没有响应；正在运行的工作不受影响。请稍后重试。",
)
_FULL = Text(
    en="The store of files and logs is full. An administrator has to make room; then try again.",
    zh="文件与日志存储已满。请管理员腾出空间后重试。",
)
AGAIN = {"Retry-After": "5"}
"""Seconds: as long as the scheduler takes between two tries, and the runner at first."""
_FAULT = Text(
    en="The platform made an error; the operator finds it in the log by this id.",
    zh="平台出错；管理员可凭此编号在日志中查找。",
)


def may(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route answers with beside those of every route: 401 where it asks for a token, 413 and 422 where it takes something."""
    return {status: {"description": MEANINGS[status], "content": _CONTENT} for status in statuses}


def install(app: FastAPI) -> None:
    """Answer every kind of error with a problem document."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DatabaseAway, _database)
    app.add_exception_handler(StoreError, _store)
    app.add_exception_handler(Exception, _fault)


def respond(
    request: Request,
    status: int,
    code: str,
    title: Text,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    document = ProblemDocument(
        type=f"urn:slipway:problem:{code}",
        title=title.of(request.headers.get("accept-language", "")),
        status=status,
        detail=detail,
        instance=f"urn:slipway:request:{request.scope.get('request_id', '')}",
        **more,
    )
    return JSONResponse(document.model_dump(), status, headers, media_type="application/problem+json")


async def _tell(request: Request, outcome: audit.Outcome, code: str) -> None:
    """Enter it into the audit log; the answer does not wait for a database that is gone."""
    try:
        await audit.refuse(request.app.state.platform, request.url.path, outcome, code)
    except (SQLAlchemyError, OSError) as error:
        log.error(
            "the audit log cannot be written", request_id=request.scope.get("request_id"), error=type(error).__name__
        )


async def _problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    await _tell(request, "refused", error.code)
    headers = {"WWW-Authenticate": error.scheme} if error.status == 401 else None
    if error.status == 429:
        headers = {"Retry-After": str(error.more["retry_after"])}
    return respond(request, error.status, error.code, error.title, error.detail, headers=headers, **error.more)


async def _validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    await _tell(request, "refused", "invalid")
    mistakes = [{"field": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in error.errors()]
    detail = "; ".join(f"{m['field']}: {m['message']}" for m in mistakes)
    return respond(request, 422, "invalid", _INVALID, detail, errors=mistakes)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status, headers = error.status_code, dict(error.headers) if error.headers else None
    # The page is mounted at every address and knows nothing of the API's, so it says 404 to a GET of what takes a POST.
    if status in (404, 405) and (allowed := _allowed(request)):
        status, headers = 405, {"Allow": ", ".join(allowed)}
    detail = str(error.detail) if status == error.status_code else request.method
    return respond(request, status, "http", _TITLES.get(status, _OTHER), detail, headers=headers)


def _allowed(request: Request) -> list[str]:
    """The methods of all routes at this address: the framework names those of the first one that it finds."""
    routes = [
        route for route in request.app.routes if not isinstance(route, Mount)
    ]  # the page is mounted at every address

    def takes(method: str) -> bool:
        return any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)

    return [method for method in ("DELETE", "GET", "PATCH", "POST", "PUT") if takes(method)]


async def _database(request: Request, error: Exception) -> JSONResponse:
    log.warning("the database is away", request_id=request.scope.get("request_id"), error=str(error))
    return respond(request, 503, "database", DATABASE, "", headers=AGAIN)


async def _store(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StoreError)
    log.warning("the blob store fails", request_id=request.scope.get("request_id"), error=str(error))
    if error.is_full:
        return respond(request, 507, "store_full", _FULL, "", headers=AGAIN)
    return respond(request, 503, "store", _STORE, "", headers=AGAIN)


async def _fault(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected error", request_id=request.scope.get("request_id"), path=request.url.path, exc_info=error)
    await _tell(request, "failed", "fault")
    # Starlette answers this one outside of the middleware, so it brings the headers itself.
    headers = SECURITY | {"X-Request-Id": request.scope.get("request_id", "")}
    return respond(request, 500, "fault", _FAULT, "", headers=headers)
