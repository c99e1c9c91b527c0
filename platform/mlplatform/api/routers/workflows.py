"""Stored workflows, and beginning runs of them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep, WantDep
from mlplatform.api.etags import IF_MATCH
from mlplatform.api.idempotency import ONCE
from mlplatform.api.problems import may
from mlplatform.core import runs, workflows
from mlplatform.errors import Problem
from mlplatform.models.base import Name, Text
from mlplatform.models.document import MAX_SIZE
from mlplatform.models.numbers import Version
from mlplatform.models.run import RunDetail, RunRequest, WorkflowView

router = APIRouter(prefix="/workflows", tags=["workflows"])
YAML = "application/yaml"
_CONTENT = {YAML: {"schema": {"$ref": "#/components/schemas/Workflow"}}}
TEXT: dict[int | str, dict[str, Any]] = {200: {"description": "The text as it was sent", "content": _CONTENT}}
MADE: dict[int | str, dict[str, Any]] = {201: {"model": WorkflowView, "description": "A version was made"}}


class WorkflowList(BaseModel):
    items: list[WorkflowView]
    next: str | None
    """The cursor of the following page; null at the end."""


@router.put(
    "/{name}",
    responses=MADE | may(409, 412, 413),
    dependencies=[IF_MATCH],
    openapi_extra={"requestBody": {"required": True, "content": _CONTENT}},
)
async def put_workflow(
    platform: PlatformDep, caller: CallerDep, name: Name, request: Request, response: Response
) -> WorkflowView:
    """Store a workflow (the body, YAML) as the next version; what the newest version says already makes none."""
    made, new = await workflows.put(platform, caller, name, await _text(request))
    response.status_code = 201 if new else 200
    return made


@router.get("")
async def list_workflows(platform: PlatformDep, caller: CallerDep, want: WantDep) -> WorkflowList:
    """The newest version of each."""
    return WorkflowList(**vars(await workflows.list_page(platform, caller, want)))


@router.get("/{name}", response_class=Response, responses=TEXT | may(404))
async def get_workflow(
    platform: PlatformDep, caller: CallerDep, name: Name, version: Version | None = None
) -> Response:
    """The text of a version, byte for byte; the newest when none is named."""
    return Response((await workflows.text(platform, caller, name, version)).encode(), media_type=YAML)


@router.get("/{name}/versions", responses=may(404))
async def list_workflow_versions(platform: PlatformDep, caller: CallerDep, name: Name, want: WantDep) -> WorkflowList:
    """Every version, newest first."""
    return WorkflowList(**vars(await workflows.versions(platform, caller, name, want)))


@router.delete("/{name}", status_code=204, response_class=Response, responses=may(404, 412), dependencies=[IF_MATCH])
async def delete_workflow(platform: PlatformDep, caller: CallerDep, name: Name) -> None:
    """Remove a workflow with all its versions. Its runs stay."""
    await workflows.delete(platform, caller, name)


@router.post("/{name}/runs", status_code=201, responses=may(403, 404), dependencies=[ONCE])
async def run_workflow(
    platform: PlatformDep,
    caller: CallerDep,
    name: Name,
    request: Annotated[RunRequest, Body(default_factory=RunRequest)],
) -> RunDetail:
    """Run a workflow: its steps enter the task queue as what they need succeeds."""
    return await runs.create(platform, caller, name, request)


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
