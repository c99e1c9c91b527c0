"""From a request to a resolved workload: the operator, its parameters with defaults, its inputs as artifacts."""

from __future__ import annotations

import copy
from typing import Any, Literal

import jsonschema
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.core import artifacts
from mlplatform.core.platform import Platform
from mlplatform.errors import invalid, not_found
from mlplatform.models.base import Text
from mlplatform.models.operator import Operator
from mlplatform.models.workload import InputRef, ResourceRequest, WorkloadSpec
from mlplatform.tokens import Caller


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
    return WorkloadSpec(
        image=platform.image(spec.image),
        command=spec.command,
        params=check_params(spec.params, params),
        inputs={name: (await artifacts.find(session, caller, ref)).id for name, ref in inputs.items()},
        outputs={name: port.type for name, port in spec.outputs.items()},
        resources=resources.over(spec.resources),
    )


def check_params(schema: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """The parameters with the defaults of their schema filled in.

    Raises:
        Problem: 422 with every mistake.
    """
    defaults = {k: copy.deepcopy(v["default"]) for k, v in schema.get("properties", {}).items() if "default" in v}
    full = defaults | params
    mistakes = sorted(jsonschema.Draft202012Validator(schema).iter_errors(full), key=lambda e: list(map(str, e.path)))
    if mistakes:
        raise invalid(
            Text(en="The parameters do not fit the operator.", zh="参数与算子不符。"),
            "; ".join(f"{e.json_path.removeprefix('$.').removeprefix('$') or 'params'}: {e.message}" for e in mistakes),
            errors=[{"field": f"params{e.json_path[1:]}", "message": e.message} for e in mistakes],
        )
    return full
