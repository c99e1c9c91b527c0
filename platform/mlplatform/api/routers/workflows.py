"""Stored workflows, and beginning runs of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep
from mlplatform.core import runs, workflows
from mlplatform.errors import Problem
from mlplatform.models.base import Name, Text
from mlplatform.models.document import MAX_SIZE
from mlplatform.models.run import MOST_VERSION, RunDetail, RunRequest, WorkflowView

router = APIRouter(prefix="/workflows", tags=["workflows"])
YAML = "application/yaml"


class WorkflowList(BaseModel):
    items: list[WorkflowView]


@router.put(
    "/{name}",
    responses={201: {"model": WorkflowView, "description": "A version was made"}},
    openapi_extra={"requestBody": {"required": True, "content": {YAML: {"schema": {"type": "string"}}}}},
)
async def put_workflow(
    platform: PlatformDep, caller: CallerDep, name: Name, request: Request, response: Response
) -> WorkflowView:
    """Store a workflow (the body, YAML) as the next version; what the newest version says already makes none."""
    made, new = await workflows.put(platform, caller, name, await _text(request))
    response.status_code = 201 if new else 200
    return made


@router.get("")
async def list_workflows(platform: PlatformDep, caller: CallerDep) -> WorkflowList:
    """The newest version of each."""
    return WorkflowList(items=await workflows.list_all(platform, caller))


@router.get("/{name}", response_class=Response, responses={200: {"content": {YAML: {"schema": {"type": "string"}}}}})
async def get_workflow(
    platform: PlatformDep,
    caller: CallerDep,
    name: Name,
    version: Annotated[int | None, Query(ge=1, le=MOST_VERSION)] = None,
) -> Response:
    """The text of a version, byte for byte; the newest when none is named."""
    return Response((await workflows.text(platform, caller, name, version)).encode(), media_type=YAML)


@router.get("/{name}/versions")
async def list_workflow_versions(platform: PlatformDep, caller: CallerDep, name: Name) -> WorkflowList:
    """Every version, newest first."""
    return WorkflowList(items=await workflows.versions(platform, caller, name))


@router.delete("/{name}", status_code=204)
async def delete_workflow(platform: PlatformDep, caller: CallerDep, name: Name) -> None:
    """Remove a workflow with all its versions. Its runs stay."""
    await workflows.delete(platform, caller, name)


@router.post("/{name}/runs", status_code=201)
async def run_workflow(
    platform: PlatformDep, caller: CallerDep, name: Name, request: RunRequest | None = None
) -> RunDetail:
    """Run a workflow: its steps enter the task queue as what they need succeeds."""
    return await runs.create(platform, caller, name, request or RunRequest())


async def _text(request: Request) -> str:
    """The body as text.

    Raises:
        Problem: 413 when it is too large, 422 when it is not UTF-8.
    """
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_SIZE:
            raise Problem(
                413, "too_large", Text(en="The text is too large.", zh="文本过大。"), f"at most {MAX_SIZE} bytes"
            )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(
            422, "invalid", Text(en="The text is not UTF-8.", zh="文本不是 UTF-8 编码。"), str(error)
        ) from error
