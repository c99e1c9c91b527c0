"""What waits, and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, CursorQuery, PlatformDep
from mlplatform.api.problems import may
from mlplatform.core import queue
from mlplatform.core.pages import Want
from mlplatform.models.base import Model
from mlplatform.models.workload import QueueItem
from mlplatform.scheduler.state import Queue

router = APIRouter(prefix="/queue", tags=["queue"])


class Queues(BaseModel):
    items: list[QueueItem]
    next: str | None
    """The cursor of the following page; null at the end."""
    total: int
    """How many of the caller's wait."""
    paused: list[Queue]
    """Queues of which nothing starts."""


class PauseRequest(Model):
    paused: bool


@router.get("")
async def list_queue(
    platform: PlatformDep,
    caller: CallerDep,
    cursor: CursorQuery = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Queues:
    """The front of both queues in the order in which the scheduler considers them."""
    page, total = await queue.waiting(platform, caller, Want(cursor, limit))
    return Queues(**vars(page), total=total, paused=await queue.paused(platform))


@router.put("/{name}", responses=may(403))
async def pause_queue(platform: PlatformDep, caller: CallerDep, name: Queue, request: PauseRequest) -> PauseRequest:
    """Pause or resume a queue: what runs goes on, nothing new starts. For administrators."""
    await queue.set_paused(platform, caller, name, request.paused)
    return request
