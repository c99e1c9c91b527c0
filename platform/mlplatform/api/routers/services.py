"""Services: publishing models, and predictions."""

from __future__ import annotations

from typing import Any

import httpx
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep, ReaderDep, WantDep
from mlplatform.api.etags import IF_MATCH
from mlplatform.api.idempotency import ONCE
from mlplatform.api.problems import may
from mlplatform.core import services
from mlplatform.errors import Problem
from mlplatform.models.base import Name, Text
from mlplatform.models.workload import ServiceRequest, ServiceView

router = APIRouter(prefix="/services", tags=["services"])


class ServiceList(BaseModel):
    items: list[ServiceView]
    next: str | None
    """The cursor of the following page; null at the end."""


@router.post("", status_code=201, responses=may(403, 404, 409), dependencies=[ONCE])
async def publish_service(platform: PlatformDep, caller: CallerDep, request: ServiceRequest) -> ServiceView:
    """Publish a model: the service enters the service queue."""
    return await services.publish(platform, caller, request)


@router.get("")
async def list_services(platform: PlatformDep, caller: CallerDep, want: WantDep) -> ServiceList:
    """Services that are not stopped, newest first."""
    return ServiceList(**vars(await services.list_page(platform, caller, want)))


@router.get("/{name}", responses=may(404))
async def get_service(platform: PlatformDep, caller: CallerDep, name: Name) -> ServiceView:
    """One service."""
    return await services.get(platform, caller, name)


@router.delete("/{name}", status_code=202, responses=may(403, 404, 412), dependencies=[IF_MATCH])
async def take_down_service(platform: PlatformDep, caller: CallerDep, name: Name) -> ServiceView:
    """Take a service down."""
    return await services.take_down(platform, caller, name)


class Tensor(BaseModel):
    """A tensor of the Open Inference Protocol, version 2."""

    name: str
    shape: list[int]
    datatype: str
    data: list[Any]


class InferRequest(BaseModel):
    id: str | None = None
    inputs: list[Tensor]


class InferResponse(BaseModel):
    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[Tensor]


@router.post(
    "/{name}/infer",
    response_model=InferResponse,
    responses=may(404, 422, 502, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/InferRequest"}},
            },
        }
    },
)
async def predict(platform: PlatformDep, caller: ReaderDep, name: Name, request: Request) -> Response:
    """Predict (Open Inference Protocol v2). The body goes to the service as it is: checking it is the service's part."""
    endpoint = await services.endpoint(platform, caller, name)
    client: httpx.AsyncClient = request.app.state.http
    try:
        answer = await client.post(
            f"{endpoint}/v2/models/{name}/infer",
            content=await request.body(),
            headers={"Content-Type": "application/json"},
        )
    except httpx.HTTPError as error:
        gone = Text(en="The service did not answer.", zh="服务没有响应。")
        raise Problem(502, "service_unreachable", gone, f"{name}: {type(error).__name__}") from error
    if answer.status_code != 200:
        refused = Text(en="The service refused the request.", zh="服务拒绝了该请求。")
        raise Problem(422 if answer.status_code < 500 else 502, "service_error", refused, answer.text[:2000])
    return Response(answer.content, media_type="application/json")
