"""Operators: the system's, and those that users register."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep, WantDep
from mlplatform.api.download import ARCHIVE, MAX_UPLOAD
from mlplatform.api.idempotency import ONCE
from mlplatform.api.problems import may
from mlplatform.core import operators
from mlplatform.core.pages import cut
from mlplatform.models.base import Name
from mlplatform.models.document import MAX_SIZE
from mlplatform.models.operator import Operator
from mlplatform.models.registered import RegisteredOperator

router = APIRouter(prefix="/operators", tags=["operators"])


class OperatorList(BaseModel):
    items: list[Operator]
    next: str | None
    """The cursor of the following page; null at the end."""


class OperatorVersionList(BaseModel):
    items: list[RegisteredOperator]
    next: str | None
    """The cursor of the following page; null at the end."""


class OperatorText(BaseModel):
    text: Annotated[str, Body(max_length=MAX_SIZE)]
    """An `operator.yaml`."""


@router.get("")
async def list_operators(
    platform: PlatformDep,
    caller: CallerDep,
    want: WantDep,
    label: Annotated[str | None, Query(description="Only those with this label: `area=classification`")] = None,
) -> OperatorList:
    """Every operator: the system's by name, then the newest version of each registered one."""
    key, _, value = (label or "").partition("=")
    async with platform.database.transaction() as session:
        found = await operators.by_name(platform, session, caller)
    chosen = [o for o in found.values() if label is None or o.metadata.labels.get(key) == value]
    return OperatorList(**vars(cut(sorted(chosen, key=_name), _name, want)))


def _name(operator: Operator) -> str:
    return operator.metadata.name


@router.post("", status_code=201, responses=may(409), dependencies=[ONCE])
async def register_operator(platform: PlatformDep, caller: CallerDep, request: OperatorText) -> RegisteredOperator:
    """Register a version of an operator; where it has an image of its own, that is uploaded next."""
    return await operators.register(platform, caller, request.text)


@router.get("/{name}", responses=may(404))
async def get_operator(platform: PlatformDep, caller: CallerDep, name: str) -> Operator:
    """One operator; of a registered one the newest version."""
    return await operators.get(platform, caller, name)


@router.get("/{name}/versions", responses=may(404))
async def list_operator_versions(
    platform: PlatformDep, caller: CallerDep, name: str, want: WantDep
) -> OperatorVersionList:
    """Every version of a registered operator with the digest and size of its image, newest first."""
    return OperatorVersionList(**vars(await operators.versions(platform, caller, name, want)))


@router.put(
    "/{name}/versions/{version}/image", responses=may(404, 409), openapi_extra=ARCHIVE, max_body_size=MAX_UPLOAD
)
async def upload_operator_image(
    platform: PlatformDep, caller: CallerDep, name: Name, version: str, request: Request
) -> RegisteredOperator:
    """Upload the image of a version: the archive (the body) that `docker save`, `podman save` or `skopeo copy` writes."""
    return await operators.put_image(platform, caller, name, version, request.stream())


@router.delete("/{name}/versions/{version}", status_code=204, response_class=Response, responses=may(404, 409))
async def delete_operator_version(platform: PlatformDep, caller: CallerDep, name: Name, version: str) -> None:
    """Forget a version that nothing uses."""
    await operators.remove(platform, caller, name, version)
