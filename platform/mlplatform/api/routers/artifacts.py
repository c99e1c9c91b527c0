"""Data sets and models."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep, WantDep
from mlplatform.api.download import ARCHIVE, FILE, MAX_UPLOAD, UPLOAD, send_file
from mlplatform.api.idempotency import ONCE
from mlplatform.api.problems import may
from mlplatform.core import archives, artifacts
from mlplatform.models.base import Model, Name
from mlplatform.models.numbers import Version
from mlplatform.models.workload import ArtifactDetail, ArtifactView, InputRef

router = APIRouter(tags=["artifacts"])


class ArtifactList(BaseModel):
    items: list[ArtifactView]
    next: str | None
    """The cursor of the following page; null at the end."""


class ModelRequest(Model):
    """Make a task's output the next version of a model."""

    name: Name
    task: str
    output: Name = "model"


@router.post(
    "/datasets/{name}",
    status_code=201,
    responses=may(403, 404, 409),
    dependencies=[ONCE],
    openapi_extra=UPLOAD,
    max_body_size=MAX_UPLOAD,
)
async def upload_dataset(
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


@router.post("/models", status_code=201, responses=may(403, 404, 409), dependencies=[ONCE])
async def register_model(platform: PlatformDep, caller: CallerDep, request: ModelRequest) -> ArtifactView:
    """Register a task's output as a model."""
    return await artifacts.register_model(platform, caller, request.name, request.task, request.output)


@router.post(
    "/models/{name}",
    status_code=201,
    responses=may(403, 409),
    dependencies=[ONCE],
    openapi_extra=ARCHIVE,
    max_body_size=MAX_UPLOAD,
)
async def upload_model(platform: PlatformDep, caller: CallerDep, name: Name, request: Request) -> ArtifactView:
    """Upload a model's files (the body, a tar archive) as its next version."""
    return await archives.upload_model(platform, caller, name, request.stream())


@router.get("/artifacts/{id}", responses=may(404))
async def get_artifact(platform: PlatformDep, caller: CallerDep, id: str) -> ArtifactDetail:
    """A data set's or model's version, or a task's output, with the statistics of its tables."""
    return await artifacts.get(platform, caller, id)


def _reading(kind: artifacts.Kind) -> None:
    """The addresses that data sets and models have in common."""

    @router.get(f"/{kind}s", name=f"list_{kind}s")
    async def newest(platform: PlatformDep, caller: CallerDep, want: WantDep) -> ArtifactList:
        """The newest version of each."""
        return ArtifactList(**vars(await artifacts.list_kind(platform, caller, kind, want=want)))

    @router.get(f"/{kind}s/{{name}}", name=f"list_{kind}_versions", responses=may(404))
    async def versions(platform: PlatformDep, caller: CallerDep, name: Name, want: WantDep) -> ArtifactList:
        """Every version, newest first."""
        return ArtifactList(**vars(await artifacts.list_kind(platform, caller, kind, name, want)))

    @router.get(
        f"/{kind}s/{{name}}/{{version}}/{{path:path}}",
        name=f"download_{kind}_file",
        response_class=StreamingResponse,
        responses=FILE | may(404),
    )
    async def download(
        platform: PlatformDep, caller: CallerDep, name: Name, version: Version, path: str
    ) -> StreamingResponse:
        """A file of a version."""
        ref = InputRef.model_validate({kind: name, "version": version})
        async with platform.database.transaction() as session:
            artifact = await artifacts.find(session, caller, ref)
            file = await artifacts.get_file(session, artifact.id, path)
        return send_file(platform, file)


_reading("dataset")
_reading("model")
