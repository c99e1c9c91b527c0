"""What waits, and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep
from mlplatform.core import queue
from mlplatform.models.workload import QueueItem

router = APIRouter(prefix="/queue", tags=["queue"])


class Queues(BaseModel):
    items: list[QueueItem]
    total: int
    """How many of the caller's wait."""


@router.get("")
async def waiting(
    platform: PlatformDep, caller: CallerDep, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> Queues:
    """The front of both queues in the order in which the scheduler considers them."""
    items, total = await queue.waiting(platform, caller, limit)
    return Queues(items=items, total=total)
