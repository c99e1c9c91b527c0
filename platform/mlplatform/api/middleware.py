"""What every request has: an id, headers that keep a browser from doing more than the page needs, one line in the log, its time in the metrics."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mlplatform.core import audit
from mlplatform.metrics import REQUEST_SECONDS

log = structlog.get_logger()
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""Of a proxy or a client, which may look for it in our logs; nothing that could forge a line or swell it."""


class Requests:
    """Plain ASGI: streams pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = scope["request_id"] = given if _SANE_ID.fullmatch(given) else secrets.token_hex(8)
        audit.begin(request_id, (scope.get("client") or ("",))[0])
        status, size = 500, 0  # what a defect is answered with, outside of this

        async def send_on(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers.update(SECURITY)
                if scope["path"].startswith("/api/"):
                    headers["Cache-Control"] = "no-store"
            else:
                size += len(message.get("body", b""))
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_on)
            finally:
                _tell(scope, status, size, time.perf_counter() - began)


def _tell(scope: Scope, status: int, size: int, seconds: float) -> None:
    """The route's template and not the address: that one may hold secrets in its query, and is without number."""
    # `route` has only what its own router says of it; with the prefixes it is in FastAPI's part of the scope.
    route: Any = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    template = getattr(route, "path_format", "") or "(none)"
    method = scope["method"] if scope["method"] in _METHODS else "(other)"
    REQUEST_SECONDS.labels(method, template, status).observe(seconds)
    log.info(
        "request",
        method=method,
        route=template,
        status=status,
        seconds=round(seconds, 4),
        bytes=size,
        subject=scope.get("subject"),
    )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
