"""Tasks."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep, ReaderDep, WantDep
from mlplatform.api.download import FILE, send_file
from mlplatform.api.etags import IF_MATCH
from mlplatform.api.idempotency import ONCE
from mlplatform.api.problems import may
from mlplatform.core import artifacts, logs, queue, tasks
from mlplatform.models.base import Name
from mlplatform.models.numbers import Offset, Rank
from mlplatform.models.workload import (
    ExplainView,
    InputRef,
    PriorityRequest,
    SubmittedBatch,
    TaskBatch,
    TaskRequest,
    TaskState,
    TaskView,
    WhatIfRequest,
    WhatIfView,
)

router = APIRouter(prefix="/tasks", tags=["tasks"])
LOG: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes as the command wrote them",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}


class TaskPage(BaseModel):
    items: list[TaskView]
    next: str | None
    """The cursor of the following page; null at the end."""


@router.post("", status_code=201, responses=may(403, 404, 409), dependencies=[ONCE])
async def submit_task(platform: PlatformDep, caller: CallerDep, request: TaskRequest) -> TaskView:
    """Run an operator: the task enters the task queue."""
    return await tasks.submit(platform, caller, request)


@router.post(":batch", status_code=201, responses=may(403, 404, 409), dependencies=[ONCE])
async def submit_batch(platform: PlatformDep, caller: CallerDep, batch: TaskBatch) -> SubmittedBatch:
    """Run operators many times, as for a sweep: all tasks enter the queue, or none when one is refused."""
    return await tasks.submit_all(platform, caller, batch.items)


@router.get("")
async def list_tasks(
    platform: PlatformDep,
    caller: CallerDep,
    want: WantDep,
    state: TaskState | None = None,
) -> TaskPage:
    """Tasks, newest first."""
    return TaskPage(**vars(await tasks.list_page(platform, caller, state, want)))


@router.get("/{id}", responses=may(404))
async def get_task(platform: PlatformDep, caller: CallerDep, id: str) -> TaskView:
    """One task."""
    return await tasks.get(platform, caller, id)


@router.post("/{id}/cancel", responses=may(403, 404, 409, 412), dependencies=[IF_MATCH])
async def cancel_task(platform: PlatformDep, caller: CallerDep, id: str) -> TaskView:
    """Take it out of the queue, or stop it."""
    return await tasks.cancel(platform, caller, id)


@router.post("/{id}/pause", responses=may(403, 404, 409, 412), dependencies=[IF_MATCH])
async def pause_task(platform: PlatformDep, caller: CallerDep, id: str) -> TaskView:
    """Hold it back in the queue; when it runs, it is stopped and goes back there."""
    return await tasks.pause(platform, caller, id)


@router.post("/{id}/resume", responses=may(403, 404, 412), dependencies=[IF_MATCH])
async def resume_task(platform: PlatformDep, caller: CallerDep, id: str) -> TaskView:
    """Let it start when its turn comes."""
    return await tasks.resume(platform, caller, id)


@router.put("/{id}/priority", responses=may(403, 404, 409, 412), dependencies=[IF_MATCH])
async def set_task_priority(platform: PlatformDep, caller: CallerDep, id: str, request: PriorityRequest) -> TaskView:
    """Move it up or down while it waits."""
    return await tasks.set_priority(platform, caller, id, request.priority)


@router.get("/{id}/explain", responses=may(404, 409))
async def explain_task(platform: PlatformDep, caller: CallerDep, id: str) -> ExplainView:
    """Where it stands, which rule holds it, what would free it, and when it is expected to start."""
    return await queue.explain(platform, caller, id)


@router.post("/{id}/what-if", responses=may(404, 409, 503))
async def ask_what_if(platform: PlatformDep, caller: ReaderDep, id: str, request: WhatIfRequest) -> WhatIfView:
    """What would be decided about a waiting task if it asked for something else. Changes nothing."""
    return await queue.what_if(platform, caller, id, request)


@router.get("/{id}/logs", response_class=StreamingResponse, responses=LOG | may(404))
async def get_task_log(
    *,
    platform: PlatformDep,
    caller: CallerDep,
    id: str,
    rank: Rank = 0,
    offset: Offset = 0,
    stream: logs.Stream = "output",
) -> StreamingResponse:
    """What a replica wrote, from a byte offset on: ask again with the offset plus what you got to follow it."""
    await tasks.get(platform, caller, id)
    return StreamingResponse(logs.read(platform, id, stream, rank, offset), media_type="text/plain; charset=utf-8")


@router.get("/{id}/outputs/{output}/{path:path}", response_class=StreamingResponse, responses=FILE | may(404))
async def download_task_output(
    platform: PlatformDep, caller: CallerDep, id: str, output: Name, path: str
) -> StreamingResponse:
    """A file of an output."""
    async with platform.database.transaction() as session:
        artifact = await artifacts.find(session, caller, InputRef(task=id, output=output))
        file = await artifacts.get_file(session, artifact.id, path)
    return send_file(platform, file)
