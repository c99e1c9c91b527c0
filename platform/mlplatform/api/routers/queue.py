"""What waits, and why."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep
from mlplatform.core import queue
from mlplatform.models.workload import QueueItem

router = APIRouter(prefix="/queue", tags=["queue"])


class Queues(BaseModel):
    items: list[QueueItem]


@router.get("")
async def waiting(platform: PlatformDep, caller: CallerDep) -> Queues:
    """Both queues in the order in which the scheduler considers them."""
    return Queues(items=await queue.waiting(platform, caller))
