"""From a request to a resolved workload: the operator, its parameters with defaults, its inputs as artifacts."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.core import artifacts
from mlplatform.core.platform import Platform
from mlplatform.errors import invalid, not_found
from mlplatform.models.base import Name, Text
from mlplatform.models.operator import Operator, Port, PortType
from mlplatform.models.params import with_defaults, wrong_params
from mlplatform.models.workload import InputRef, ResourceRequest, WorkloadSpec
from mlplatform.storage.tables import Task
from mlplatform.tokens import Caller

_NAME: TypeAdapter[str] = TypeAdapter(Name)


def find_operator(platform: Platform, name: str, mode: Literal["train", "serve"]) -> Operator:
    """The operator of this name.

    Raises:
        Problem: 404, or 422 when it is not made for this mode.
    """
    operator = platform.operators.get(name)
    if operator is None:
        raise not_found(Text(en="operator", zh="算子"), name)
    if mode not in operator.spec.modes:
        raise invalid(
            Text(en="This operator is not made for that.", zh="该算子不支持此用途。"),
            f"{name}: modes {operator.spec.modes}",
        )
    return operator


async def resolve(
    platform: Platform,
    session: AsyncSession,
    caller: Caller,
    operator: Operator,
    *,
    params: dict[str, Any],
    inputs: dict[str, InputRef],
    resources: ResourceRequest,
) -> WorkloadSpec:
    """Check a request against the operator's description and fix what it means now.

    Raises:
        Problem: 422 that names each wrong parameter or input; 404 for an input that is not there.
    """
    spec = operator.spec
    unknown = inputs.keys() - spec.inputs.keys()
    missing = {name for name, port in spec.inputs.items() if not port.optional} - inputs.keys()
    if unknown or missing:
        raise invalid(
            Text(en="The inputs do not fit the operator.", zh="输入与算子不符。"),
            f"unknown: {sorted(unknown)}, missing: {sorted(missing)}; the operator has {sorted(spec.inputs)}",
        )
    found = {name: await artifacts.find(session, caller, ref) for name, ref in inputs.items()}
    for name, ref in inputs.items():
        await _check_type(session, name, spec.inputs[name], ref)
    checked = check_params(spec.params, params)
    models = {
        name: checked.get(port.registered_as)
        for name, port in spec.inputs.items()
        if port.registered_as and name in inputs
    }
    return WorkloadSpec(
        image=platform.image(spec.image),
        command=spec.command,
        params=checked,
        inputs={name: artifact.id for name, artifact in found.items()},
        outputs={name: port.type for name, port in spec.outputs.items()},
        models={name: await _model_name(session, caller, wanted) for name, wanted in models.items()},
        resources=resources.over(spec.resources),
    )


async def _model_name(session: AsyncSession, caller: Caller, wanted: object) -> str:
    """The name under which a task may register a model.

    Raises:
        Problem: 422 when it is none, 409 when it is another owner's.
    """
    try:
        name = _NAME.validate_python(wanted, strict=True)
    except ValidationError as error:
        raise invalid(Text(en="This is no name for a model.", zh="模型名称无效。"), repr(wanted)) from error
    await artifacts.newest_own(session, caller, "model", name)
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
