"""Tasks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep, ReaderDep
from mlplatform.api.download import send_file
from mlplatform.core import artifacts, logs, queue, tasks
from mlplatform.models.workload import (
    ExplainView,
    InputRef,
    PriorityRequest,
    TaskRequest,
    TaskState,
    TaskView,
    WhatIfRequest,
    WhatIfView,
)

router = APIRouter(prefix="/tasks", tags=["tasks"])


class TaskPage(BaseModel):
    items: list[TaskView]
    next: str | None
    """The cursor of the following page; null at the end."""


@router.post("", status_code=201)
async def submit(platform: PlatformDep, caller: CallerDep, request: TaskRequest) -> TaskView:
    """Run an operator: the task enters the task queue."""
    return await tasks.submit(platform, caller, request)


@router.get("")
async def list_tasks(
    platform: PlatformDep,
    caller: CallerDep,
    state: TaskState | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TaskPage:
    """Tasks, newest first."""
    items, following = await tasks.list_page(platform, caller, state, cursor, limit)
    return TaskPage(items=items, next=following)


@router.get("/{id}")
async def get_task(platform: PlatformDep, caller: CallerDep, id: str) -> TaskView:
    """One task."""
    return await tasks.get(platform, caller, id)


@router.post("/{id}/cancel")
async def cancel(platform: PlatformDep, caller: CallerDep, id: str) -> TaskView:
    """Take it out of the queue, or stop it."""
    return await tasks.cancel(platform, caller, id)


@router.post("/{id}/pause")
async def pause(platform: PlatformDep, caller: CallerDep, id: str) -> TaskView:
    """Hold it back in the queue; when it runs, it is stopped and goes back there."""
    return await tasks.pause(platform, caller, id)


@router.post("/{id}/resume")
async def resume(platform: PlatformDep, caller: CallerDep, id: str) -> TaskView:
    """Let it start when its turn comes."""
    return await tasks.resume(platform, caller, id)


@router.put("/{id}/priority")
async def set_priority(platform: PlatformDep, caller: CallerDep, id: str, request: PriorityRequest) -> TaskView:
    """Move it up or down while it waits."""
    return await tasks.set_priority(platform, caller, id, request.priority)


@router.get("/{id}/explain")
async def explain(platform: PlatformDep, caller: CallerDep, id: str) -> ExplainView:
    """Where it stands, which rule holds it, what would free it, and when it is expected to start."""
    return await queue.explain(platform, caller, id)


@router.post("/{id}/what-if")
async def what_if(platform: PlatformDep, caller: ReaderDep, id: str, request: WhatIfRequest) -> WhatIfView:
    """What would be decided about a waiting task if it asked for something else. Changes nothing."""
    return await queue.what_if(platform, caller, id, request)


@router.get("/{id}/logs", response_class=StreamingResponse, responses={200: {"content": {"text/plain": {}}}})
async def get_logs(
    *,
    platform: PlatformDep,
    caller: CallerDep,
    id: str,
    rank: Annotated[int, Query(ge=0)] = 0,
    offset: Annotated[int, Query(ge=0)] = 0,
    stream: logs.Stream = "output",
) -> StreamingResponse:
    """What a replica wrote, from a byte offset on: ask again with the offset plus what you got to follow it."""
    await tasks.get(platform, caller, id)
    return StreamingResponse(logs.read(platform, id, stream, rank, offset), media_type="text/plain; charset=utf-8")


@router.get("/{id}/outputs/{output}/{path:path}", response_class=StreamingResponse)
async def get_output(platform: PlatformDep, caller: CallerDep, id: str, output: str, path: str) -> StreamingResponse:
    """A file of an output."""
    async with platform.database.transaction() as session:
        artifact = await artifacts.find(session, caller, InputRef(task=id, output=output))
        file = await artifacts.get_file(session, artifact.id, path)
    return send_file(platform, file)
