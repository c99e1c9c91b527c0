"""The header `Idempotency-Key` of what creates something (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request, Response

from mlplatform.api.deps import CallerDep, PlatformDep
from mlplatform.core import replies
from mlplatform.core.replies import Kept

KeyHeader = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="A name of the caller's own for this request, as a UUID: sent again within 24 hours, it is answered again and creates nothing",
        examples=["7f0d3c52-4a1b-4f0e-9a57-0d2b8a6c1e11"],
    ),
]


class Replayed(Exception):
    """The request was carried out before; this is its answer."""

    def __init__(self, kept: Kept) -> None:
        super().__init__("carried out before")
        self.kept = kept


async def _once(
    request: Request, platform: PlatformDep, caller: CallerDep, idempotency_key: KeyHeader = None
) -> AsyncIterator[None]:
    """Carry the request out unless it was.

    Raises:
        Replayed: it was.
        Problem: as `replies.begin`.
    """
    if idempotency_key is None:
        yield
        return
    found = await replies.begin(platform, caller.subject, idempotency_key, await _digest(request))
    if isinstance(found, Kept):
        if found.content is not None and found.content != await _content(request):
            raise replies.other()
        raise Replayed(found)
    replies.hold(found)
    try:
        yield
    finally:
        replies.hold(None)
        await replies.drop(platform, found)  # unless its answer was kept


async def _digest(request: Request) -> str:
    """Of the request without a body that is streamed."""
    parts = [request.method.encode(), request.scope["raw_path"], request.scope["query_string"]]
    if request.headers.get("content-type", "").startswith("application/json"):
        parts.append(await request.body())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


async def _content(request: Request) -> str:
    digest = hashlib.sha256()
    async for piece in request.stream():
        digest.update(piece)
    return digest.hexdigest()


async def _replay(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Replayed)
    headers = {"Idempotent-Replayed": "true"}
    return Response(error.kept.body, error.kept.status, headers, media_type="application/json")


def install(app: FastAPI) -> None:
    app.add_exception_handler(Replayed, _replay)


ONCE = Depends(_once)
"""For every route that creates something; its function in core/ calls `replies.keep` in the transaction that does."""
