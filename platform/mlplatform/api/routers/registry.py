"""The half of the OCI distribution specification (1.1, "Pull") that a node needs to fetch the image of what it is to run."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from mlplatform.api.deps import PlatformDep
from mlplatform.core import registry
from mlplatform.errors import Problem
from mlplatform.models.base import Text
from mlplatform.tokens import InvalidToken, Worker

router = APIRouter(prefix="/v2", include_in_schema=False)  # its description is the specification's
BLOB = "application/octet-stream"
_basic = HTTPBasic(scheme_name="node", description="A worker token as the password", auto_error=False, realm="images")


def get_puller(platform: PlatformDep, credentials: Annotated[HTTPBasicCredentials | None, Depends(_basic)]) -> Worker:
    """The workload that a node pulls for. Container runtimes know Basic only: its password is the worker token.

    Raises:
        Problem: 401.
    """
    try:
        return platform.keyring.check_worker(credentials.password if credentials else "")
    except InvalidToken as error:
        needed = Text(en="A valid token is needed.", zh="需要有效的令牌。")
        raise Problem(401, "unauthorized", needed, str(error), scheme='Basic realm="images"') from error


PullerDep = Annotated[Worker, Depends(get_puller)]


@router.get("/")
async def version(_worker: PullerDep) -> dict[str, str]:
    """This is a registry."""
    return {}


@router.api_route("/{repository:path}/manifests/sha256:{digest}", methods=["GET", "HEAD"], response_class=Response)
async def get_manifest(platform: PlatformDep, worker: PullerDep, repository: str, digest: str) -> Response:
    """The manifest of the workload's own image."""
    image = await registry.image(platform, worker, repository)
    if digest != image.digest:
        raise registry.unknown("MANIFEST_UNKNOWN", digest)
    headers = {"Docker-Content-Digest": f"sha256:{digest}"}
    return Response(image.manifest, media_type=image.media_type, headers=headers)


@router.api_route("/{repository:path}/blobs/sha256:{digest}", methods=["GET", "HEAD"], response_class=StreamingResponse)
async def get_blob(platform: PlatformDep, worker: PullerDep, repository: str, digest: str) -> StreamingResponse:
    """A layer, or the configuration, of the workload's own image."""
    image = await registry.image(platform, worker, repository)
    if digest not in image.blobs:
        raise registry.unknown("BLOB_UNKNOWN", digest)
    headers = {"Docker-Content-Digest": f"sha256:{digest}", "Content-Length": str(image.blobs[digest])}
    return StreamingResponse(platform.blobs.get(digest), media_type=BLOB, headers=headers)
