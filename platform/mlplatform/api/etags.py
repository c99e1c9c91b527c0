"""ETag, If-None-Match and If-Match (RFC 9110): one mechanism for every route.

Answers to GET with JSON or the text of a description get a strong ETag of their bytes, and 304 without a body when the caller has them already.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mlplatform.core import versions

TAGGED = ("application/json", "application/yaml")

MatchHeader = Annotated[
    str | None,
    Header(
        max_length=2000,
        description="Only if it still is the version with this ETag; else 412",
        examples=['"5f1c0a9be2d34477a1b2c3d4e5f60718"'],
    ),
]


async def _if_match(if_match: MatchHeader = None) -> AsyncIterator[None]:
    versions.want(None if if_match is None else frozenset(_tags(if_match)))
    try:
        yield
    finally:
        versions.want(None)


IF_MATCH = Depends(_if_match)
"""For every route that changes something that is shown; its function in core/ calls `versions.require` in the transaction that does."""


def _tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]


class ETags:
    """Plain ASGI. Streams pass through: only such an answer of known length is held until it is whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        had = _tags(Headers(scope=scope).get("if-none-match", ""))
        start: Message | None = None
        body = b""

        async def send_tagged(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                headers = Headers(raw=message["headers"])
                is_whole = headers.get("content-type") in TAGGED and "content-length" in headers
                if message["status"] == 200 and is_whole:
                    start = message
                    return
            if start is None:
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            tag = versions.tag(body)
            headers_out = MutableHeaders(scope=start)
            headers_out["ETag"] = tag
            # A weak comparison (RFC 9110, 13.1.2): what a proxy compressed is still the same.
            if "*" in had or tag in [t.removeprefix("W/") for t in had]:
                start["status"] = 304
                for name in ("content-length", "content-type"):
                    del headers_out[name]
                body = b""
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, send_tagged)
