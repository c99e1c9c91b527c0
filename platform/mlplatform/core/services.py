"""Services: publish a model, look at it, take it down."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform import policy
from mlplatform.core import access, audit, operators, pages, replies, requests, versions
from mlplatform.core.pages import Page, Want
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem, conflict, not_found
from mlplatform.models.base import Text
from mlplatform.models.workload import InputRef, Reason, ServiceRequest, ServiceView, WorkloadSpec
from mlplatform.storage.tables import Artifact, Service
from mlplatform.tokens import Caller

SERVICE = Text(en="service", zh="服务")


async def publish(platform: Platform, caller: Caller, request: ServiceRequest) -> ServiceView:
    """Put a service into the service queue.

    Raises:
        Problem: 404 for model or operator, 409 when a service of this name lives, 422 for wrong parameters.
    """
    ref = InputRef(model=request.model, version=request.version)
    try:
        async with platform.database.transaction() as session:
            found = await operators.find(platform, session, caller, request.operator, "serve")
            columns = await requests.columns(platform, session, caller, found, request=request, inputs={"model": ref})
            artifact = await session.get_one(Artifact, columns["spec"]["inputs"]["model"])
            service = Service(**columns, artifact=artifact)
            await requests.enqueue(platform, session, service)
            audit.record(session, f"service {service.name} {service.id}")
            await replies.keep(session, view(service))
    except IntegrityError as error:
        taken = Text(en="A service of this name is already published.", zh="同名服务已发布。")
        raise conflict("name_taken", taken, request.name) from error
    return view(service)


async def get(platform: Platform, caller: Caller, name: str) -> ServiceView:
    """The service of this name: the living one, else the last that was.

    Raises:
        Problem: 404.
    """
    async with platform.database.transaction() as session:
        return view(await _find(session, caller, name))


async def list_page(platform: Platform, caller: Caller, want: Want) -> Page[ServiceView]:
    """Every service that is not stopped, newest first."""
    query = select(Service).where(Service.state != "stopped", access.visible(caller, Service))
    async with platform.database.transaction() as session:
        return (await pages.read(session, query, Service.id, want, newest_first=True)).map(view)


async def take_down(platform: Platform, caller: Caller, name: str) -> ServiceView:
    """Stop a service. What it served stays a model; the name is free again once it is stopped.

    Raises:
        Problem: 403, 404.
    """
    async with platform.database.transaction() as session:
        service = await _find(session, caller, name, "take_down")
        if versions.wanted():
            await session.refresh(service, with_for_update={"of": Service})
            versions.require(view(service))
        mine = update(Service).where(Service.id == service.id).execution_options(synchronize_session=False)
        now = datetime.now(UTC)
        await session.execute(
            mine.where(Service.state.in_(["queued", "failed"])).values(state="stopped", finished_at=now, reason=None)
        )
        await session.execute(
            mine.where(Service.state.in_(["starting", "ready", "requeuing"])).values(state="stopping", reason=None)
        )
        audit.record(session, f"service {service.name} {service.id}")
        await platform.database.changes.announce(session, f"service/{service.id}")
        await session.refresh(service)
        return view(service)


async def endpoint(platform: Platform, caller: Caller, name: str) -> str:
    """Where a ready service is reached.

    Raises:
        Problem: 404, or 503 with the reason while it is not ready.
    """
    async with platform.database.transaction() as session:
        service = await _find(session, caller, name, "infer")
    if service.state != "ready" or not service.endpoint:
        reason = Reason.model_validate(service.reason).text.en if service.reason else ""
        not_ready = Text(en="The service is not ready.", zh="服务尚未就绪。")
        raise Problem(503, "not_ready", not_ready, f"{name} is {service.state}. {reason}".strip())
    return service.endpoint


async def _find(session: AsyncSession, caller: Caller, name: str, action: policy.Action = "see") -> Service:
    living = Service.state.in_(["stopped", "failed"])
    service = await session.scalar(
        select(Service).where(Service.name == name).order_by(living, Service.id.desc()).limit(1)
    )
    if service is None:
        raise not_found(SERVICE, name)
    policy.require(caller, action, service, not_found(SERVICE, name))
    return service


def view(service: Service) -> ServiceView:
    spec = WorkloadSpec.model_validate(service.spec)
    return ServiceView(
        id=service.id,
        name=service.name,
        owner=service.owner,
        tenant=service.tenant,
        operator=service.operator,
        model=service.artifact.name,
        version=service.artifact.version,
        params=spec.params,
        resources=spec.resources,
        priority=service.priority,
        state=service.state,  # type: ignore[arg-type]  # the column holds nothing else
        reason=Reason.model_validate(service.reason) if service.reason else None,
        placement=service.placement,
        created_at=service.created_at,
        started_at=service.started_at,
        finished_at=service.finished_at,
    )
