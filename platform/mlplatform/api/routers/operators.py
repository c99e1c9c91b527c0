"""Operators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep, WantDep
from mlplatform.api.problems import may
from mlplatform.core.pages import cut
from mlplatform.errors import not_found
from mlplatform.models.base import Text
from mlplatform.models.operator import Operator

router = APIRouter(prefix="/operators", tags=["operators"])


class OperatorList(BaseModel):
    items: list[Operator]
    next: str | None
    """The cursor of the following page; null at the end."""


@router.get("")
async def list_operators(
    platform: PlatformDep,
    _caller: CallerDep,
    want: WantDep,
    label: Annotated[str | None, Query(description="Only those with this label: `area=classification`")] = None,
) -> OperatorList:
    """Every operator, by name."""
    key, _, value = (label or "").partition("=")
    chosen = [o for o in platform.operators.values() if label is None or o.metadata.labels.get(key) == value]
    return OperatorList(**vars(cut(sorted(chosen, key=_name), _name, want)))


def _name(operator: Operator) -> str:
    return operator.metadata.name


@router.get("/{name}", responses=may(404))
async def get_operator(platform: PlatformDep, _caller: CallerDep, name: str) -> Operator:
    """One operator."""
    if name not in platform.operators:
        raise not_found(Text(en="operator", zh="算子"), name)
    return platform.operators[name]
