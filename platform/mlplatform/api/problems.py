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

from mlplatform.api.middleware import SECURITY
from mlplatform.core import audit
from mlplatform.errors import Problem
from mlplatform.models.base import Text

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


RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    }
}
_TITLES = {
    404: Text(en="There is nothing at this address.", zh="此地址没有内容。"),
    405: Text(en="This address does not take this method.", zh="此地址不支持该方法。"),
}
_OTHER = Text(en="The request cannot be served.", zh="无法处理该请求。")
_INVALID = Text(en="The request is not what this address expects.", zh="请求不符合此地址的要求。")
_FAULT = Text(
    en="The platform made an error; the operator finds it in the log by this id.",
    zh="平台出错；管理员可凭此编号在日志中查找。",
)


def install(app: FastAPI) -> None:
    """Answer every kind of error with a problem document."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
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
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
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
    title = _TITLES.get(error.status_code, _OTHER)
    headers = dict(error.headers) if error.headers else None
    return respond(request, error.status_code, "http", title, str(error.detail), headers=headers)


async def _fault(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected error", request_id=request.scope.get("request_id"), path=request.url.path, exc_info=error)
    await _tell(request, "failed", "fault")
    # Starlette answers this one outside of the middleware, so it brings the headers itself.
    headers = SECURITY | {"X-Request-Id": request.scope.get("request_id", "")}
    return respond(request, 500, "fault", _FAULT, "", headers=headers)
