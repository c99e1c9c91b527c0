"""What running tasks and services use, with their own tokens. The runner (operators/runner.py) is its one client."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from mlplatform.api.deps import PlatformDep, WorkerDep
from mlplatform.api.download import FILE, MAX_UPLOAD, UPLOAD, send_file
from mlplatform.api.problems import may
from mlplatform.core import logs, workers
from mlplatform.errors import Problem
from mlplatform.models.base import Name, Text
from mlplatform.models.numbers import Offset, Rank
from mlplatform.models.workload import ArtifactView

router = APIRouter(prefix="/worker", tags=["worker"])
PIECE = 1 << 20
"""Bytes; the most that one piece of a log may have."""


class Length(BaseModel):
    length: int


@router.get("", responses=may(410))
async def get_work(platform: PlatformDep, worker: WorkerDep) -> workers.WorkerSpec:
    """What to run."""
    return await workers.describe(platform, worker)


@router.get("/inputs/{name}/{path:path}", response_class=StreamingResponse, responses=FILE | may(404, 410))
async def download_work_input(platform: PlatformDep, worker: WorkerDep, name: Name, path: str) -> StreamingResponse:
    """A file of an input."""
    file = await workers.input_file(platform, worker, name, path)
    return send_file(platform, file)


@router.put(
    "/outputs/{name}/{path:path}",
    status_code=204,
    response_class=Response,
    responses=may(404, 410),
    openapi_extra=UPLOAD,
    max_body_size=MAX_UPLOAD,
)
async def upload_work_output(platform: PlatformDep, worker: WorkerDep, name: Name, path: str, request: Request) -> None:
    """A file of an output (the body)."""
    await workers.put_output(platform, worker, name, path, request.stream())


@router.post("/models", status_code=201, responses=may(404, 409, 410))
async def register_work_model(
    platform: PlatformDep, worker: WorkerDep, input: Annotated[Name, Query(description="The input's name")]
) -> ArtifactView:
    """Register an input as a model's next version, under the name that the task was submitted with."""
    return await workers.register(platform, worker, input)


@router.get("/checkpoint", response_class=StreamingResponse, responses=FILE | may(404, 410))
async def download_checkpoint(platform: PlatformDep, worker: WorkerDep) -> StreamingResponse:
    """The archive of the last checkpoint."""
    return send_file(platform, await workers.checkpoint_file(platform, worker))


@router.put(
    "/checkpoint",
    status_code=204,
    response_class=Response,
    responses=may(404, 410),
    openapi_extra=UPLOAD,
    max_body_size=MAX_UPLOAD,
)
async def upload_checkpoint(platform: PlatformDep, worker: WorkerDep, request: Request) -> None:
    """An archive (the body) in place of the last checkpoint."""
    await workers.put_checkpoint(platform, worker, request.stream())


@router.post("/logs/{stream}", responses=may(409, 410, 413), openapi_extra=UPLOAD)
async def append_work_log(
    *,
    platform: PlatformDep,
    worker: WorkerDep,
    stream: logs.Stream,
    rank: Rank,
    offset: Offset,
    part: Annotated[str, Query(pattern=r"^[0-9a-f]{1,32}$")] = "",
    request: Request,
) -> Length:
    """The next piece of a stream (the body), `offset` bytes after the start of its part. An empty one asks how long that is."""
    _, spec = await workers.load(platform, worker, ended=workers.LAST_WORDS)
    workers.check_rank(spec, rank)
    content = await request.body()
    if len(content) > PIECE:
        raise Problem(
            413, "too_large", Text(en="The piece is too large.", zh="日志片段过大。"), f"at most {PIECE} bytes"
        )
    part = part or f"attempt-{worker.attempt}"  # as a runner of before parts had names
    length = await logs.append(platform, worker.id, stream, rank, part=part, offset=offset, content=content)
    return Length(length=length)
