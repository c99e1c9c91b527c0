"""Data sets and models."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep
from mlplatform.api.download import send_file
from mlplatform.core import artifacts
from mlplatform.models.base import Model, Name
from mlplatform.models.workload import ArtifactDetail, ArtifactView, InputRef

router = APIRouter(tags=["artifacts"])


class ArtifactList(BaseModel):
    items: list[ArtifactView]


class ModelRequest(Model):
    """Make a task's output the next version of a model."""

    name: Name
    task: str
    output: Name = "model"


@router.post(
    "/datasets/{name}",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload(
    *,
    platform: PlatformDep,
    caller: CallerDep,
    name: Name,
    file: Annotated[str, Query(description="The file's name inside the data set", max_length=500)],
    request: Request,
    tenant: Annotated[Name | None, Query(description="Whose a new data set becomes")] = None,
) -> ArtifactView:
    """Upload a file (the body) as the next version of a data set."""
    return await artifacts.upload_dataset(platform, caller, name, file, request.stream(), tenant=tenant)


@router.post("/models", status_code=201)
async def register(platform: PlatformDep, caller: CallerDep, request: ModelRequest) -> ArtifactView:
    """Register a task's output as a model."""
    return await artifacts.register_model(platform, caller, request.name, request.task, request.output)


@router.get("/artifacts/{id}")
async def get_artifact(platform: PlatformDep, caller: CallerDep, id: str) -> ArtifactDetail:
    """A data set's or model's version, or a task's output, with the statistics of its tables."""
    return await artifacts.get(platform, caller, id)


def _reading(kind: artifacts.Kind) -> None:
    """The addresses that data sets and models have in common."""

    @router.get(f"/{kind}s", name=f"List {kind}s")
    async def newest(platform: PlatformDep, caller: CallerDep) -> ArtifactList:
        """The newest version of each."""
        return ArtifactList(items=await artifacts.list_kind(platform, caller, kind))

    @router.get(f"/{kind}s/{{name}}", name=f"List {kind} versions")
    async def versions(platform: PlatformDep, caller: CallerDep, name: Name) -> ArtifactList:
        """Every version, newest first."""
        return ArtifactList(items=await artifacts.list_kind(platform, caller, kind, name))

    @router.get(
        f"/{kind}s/{{name}}/{{version}}/{{path:path}}", name=f"Download {kind}", response_class=StreamingResponse
    )
    async def download(
        platform: PlatformDep, caller: CallerDep, name: Name, version: Annotated[int, Path(ge=1)], path: str
    ) -> StreamingResponse:
        """A file of a version."""
        ref = InputRef.model_validate({kind: name, "version": version})
        async with platform.database.transaction() as session:
            artifact = await artifacts.find(session, caller, ref)
            file = await artifacts.get_file(session, artifact.id, path)
        return send_file(platform, file)


_reading("dataset")
_reading("model")
