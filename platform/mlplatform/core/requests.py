"""From a request to a resolved workload in its queue: the operator, its parameters with defaults, its inputs as artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform import policy
from mlplatform.core import artifacts, lineage, tenants
from mlplatform.core.operators import FoundOperator
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem, invalid
from mlplatform.ids import new_id
from mlplatform.models.base import Name, Text
from mlplatform.models.operator import Port, PortType
from mlplatform.models.params import with_defaults, wrong_params
from mlplatform.models.workload import InputRef, Reason, ResourceRequest, ServiceRequest, TaskRequest, WorkloadSpec
from mlplatform.storage.tables import Service, Task
from mlplatform.tokens import Caller

_NAME: TypeAdapter[str] = TypeAdapter(Name)


async def columns(
    platform: Platform,
    session: AsyncSession,
    caller: Caller,
    found: FoundOperator,
    *,
    request: TaskRequest | ServiceRequest,
    inputs: dict[str, InputRef],
) -> dict[str, Any]:
    """The columns that tasks and services share (`Workload`), of a request that is checked and resolved. Writes nothing.

    Raises:
        Problem: of the tenant (404, 422, 403), then as `resolve`.
    """
    action: policy.Action = "submit" if isinstance(request, TaskRequest) else "publish"
    tenant = await tenants.choose(session, caller, request.tenant, action, request.priority)
    spec = await resolve(
        platform,
        session,
        caller,
        found,
        tenant=tenant,
        params=request.params,
        inputs=inputs,
        resources=request.resources,
    )
    return {
        "id": new_id(),
        "name": request.name or found.operator.metadata.name,
        "owner": caller.subject,
        "tenant": tenant,
        "operator": found.operator.metadata.name,
        "operator_version": found.operator.metadata.version,
        "spec": spec.model_dump(),
        "priority": request.priority,
        "state": "queued",
        "placement": [],
        "created_at": datetime.now(UTC),
    }


async def enqueue(platform: Platform, session: AsyncSession, row: Task | Service) -> None:
    """Put a row into its queue: with its lineage, and telling the scheduler once it is committed."""
    session.add(row)
    inputs: Mapping[str, str] = row.spec["inputs"]
    lineage.used(session, inputs, row.id)
    await platform.database.changes.announce(session, f"{row.__tablename__}/{row.id}")


async def resolve(
    platform: Platform,
    session: AsyncSession,
    caller: Caller,
    found: FoundOperator,
    *,
    tenant: str,
    params: dict[str, Any],
    inputs: dict[str, InputRef],
    resources: ResourceRequest,
) -> WorkloadSpec:
    """Check a request against the operator's description and fix what it means now.

    Raises:
        Problem: 422 that names each wrong parameter or input; 404 for an input that is not there.
    """
    spec = found.operator.spec
    unknown = inputs.keys() - spec.inputs.keys()
    missing = {name for name, port in spec.inputs.items() if not port.optional} - inputs.keys()
    if unknown or missing:
        raise invalid(
            Text(en="The inputs do not fit the operator.", zh="输入与算子不符。"),
            f"unknown: {sorted(unknown)}, missing: {sorted(missing)}; the operator has {sorted(spec.inputs)}",
        )
    artifact_ids = {name: (await artifacts.find(session, caller, ref)).id for name, ref in inputs.items()}
    for name, ref in inputs.items():
        await _check_type(session, name, spec.inputs[name], ref)
    checked = check_params(spec.params, params)
    models = {
        name: checked.get(port.registered_as)
        for name, port in spec.inputs.items()
        if port.registered_as and name in inputs
    }
    return WorkloadSpec(
        image=found.image,
        command=spec.command,
        params=checked,
        inputs=artifact_ids,
        outputs={name: port.type for name, port in spec.outputs.items()},
        models={name: await _model_name(session, caller, wanted, tenant) for name, wanted in models.items()},
        resources=resources.over(spec.resources),
    )


async def _model_name(session: AsyncSession, caller: Caller, wanted: object, tenant: str) -> str:
    """The name under which a task may register a model.

    Raises:
        Problem: 422 when it is none, 409 when it is another owner's.
    """
    try:
        name = _NAME.validate_python(wanted, strict=True)
    except ValidationError as error:
        raise invalid(Text(en="This is no name for a model.", zh="模型名称无效。"), repr(wanted)) from error
    await artifacts.tenant_of(session, caller, "model", name, tenant)
    return name


async def _check_type(session: AsyncSession, name: str, port: Port, ref: InputRef) -> None:
    """Refuse a connection of unlike types. A data set is a table or files: which, only the operator that reads it can tell.

    Raises:
        Problem: 422 with the reason.
    """
    given: PortType = "model" if ref.model else "table"
    if ref.task is not None and (task := await session.get(Task, ref.task)):
        given = WorkloadSpec.model_validate(task.spec).outputs[ref.output or ""]
    if reason := port.refuses(Port(type=given, title=port.title)):
        raise invalid(
            Text(en="The input {name} {why}.", zh="输入 {name}：{zh}。").format(name=name, why=reason.en, zh=reason.zh),
            name,
        )


def check_params(schema: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """The parameters with the defaults of their schema filled in.

    Raises:
        Problem: 422 with every mistake.
    """
    if mistakes := wrong_params(schema, params):
        fields = [".".join(map(str, m.path)) for m in mistakes]
        raise invalid(
            Text(en="The parameters do not fit the operator.", zh="参数与算子不符。"),
            "; ".join(f"{f or 'params'}: {m.message.en}" for f, m in zip(fields, mistakes, strict=True)),
            errors=[
                {"field": f"params.{f}" if f else "params", "message": m.message.en}
                for f, m in zip(fields, mistakes, strict=True)
            ],
        )
    return with_defaults(schema, params)


def refused(problem: Problem) -> Reason:
    """Why something that the platform itself submits for somebody was refused."""
    text = Text(en=f"{problem.title.en} {problem.detail}".strip(), zh=f"{problem.title.zh}{problem.detail}")
    return Reason(code="refused", text=text)
