"""Server-sent events: what happens, as it happens."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable
from typing import Annotated, cast

import jwt
from fastapi import APIRouter, Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from mlplatform.api.deps import CallerDep, PlatformDep
from mlplatform.api.problems import may
from mlplatform.core import logs, tasks
from mlplatform.core.live import Change, End, Live, Piece
from mlplatform.models.numbers import Offset, Rank

router = APIRouter(tags=["streams"])


def get_live(request: Request) -> Live:
    return cast(Live, request.app.state.live)


def get_expiry(request: Request, _caller: CallerDep) -> float:
    """When the token of a caller, which is checked already, ends (seconds since 1970): nothing is told beyond that."""
    token = request.headers["authorization"].partition(" ")[2].strip()
    claims = jwt.decode(token, options={"verify_signature": False})
    return float(claims.get("exp", time.time()))


async def find_task(platform: PlatformDep, caller: CallerDep, id: str) -> str:
    """A task's id that is the caller's to see, found before the stream begins: afterwards nothing can be refused."""
    return (await tasks.get(platform, caller, id)).id


LiveDep = Annotated[Live, Depends(get_live)]
ExpiryDep = Annotated[float, Depends(get_expiry)]
TaskDep = Annotated[str, Depends(find_task)]


@router.get("/events", response_class=EventSourceResponse)
async def follow_changes(live: LiveDep, caller: CallerDep, until: ExpiryDep) -> AsyncIterable[ServerSentEvent]:
    """State changes of the caller's tasks and services; an administrator sees all.

    `look`: load what you show, since changes may have been missed; the first event, and after a gap. `change`: kind, id, name and the new
    state. `end`: nothing follows, with the reason (`expired`: the token; `closing`: the server). Comments keep the connection open.
    """
    async for found in live.changes(caller, until):
        match found:
            case Change():
                yield ServerSentEvent(event="change", data=found)
            case End():
                yield ServerSentEvent(event="end", data=found.why)
            case _:
                yield ServerSentEvent(event="look", data="")


@router.get("/tasks/{id}/logs/events", response_class=EventSourceResponse, responses=may(404))
async def follow_task_log(
    *,
    live: LiveDep,
    task: TaskDep,
    until: ExpiryDep,
    rank: Rank = 0,
    offset: Offset = 0,
    stream: logs.Stream = "output",
    last_event_id: Annotated[Offset | None, Header(description="Go on after this event, instead of `offset`")] = None,
) -> AsyncIterable[ServerSentEvent]:
    """What a replica wrote from a byte offset on, and what it writes, until it ends.

    `log`: a piece of text; its id is the offset of what follows, so going on after the last one that was received loses and repeats nothing.
    `end`: nothing follows, with the reason (`ended`: the task has; `expired`: the token; `closing`: the server).
    """
    begin = offset if last_event_id is None else last_event_id
    async for found in live.log(task, stream, rank, begin, until):
        if isinstance(found, Piece):
            yield ServerSentEvent(event="log", id=str(found.end), data=found.text)
        else:
            yield ServerSentEvent(event="end", data=found.why)
