"""Lineage."""

from __future__ import annotations

from fastapi import APIRouter

from mlplatform.api.deps import CallerDep, PlatformDep
from mlplatform.api.problems import may
from mlplatform.core import lineage
from mlplatform.models.lineage import Lineage

router = APIRouter(prefix="/lineage", tags=["lineage"])


@router.get("/{id}", responses=may(404))
async def get_lineage(platform: PlatformDep, caller: CallerDep, id: str) -> Lineage:
    """What an artifact, task or service was made from, and what was made from it: data, tasks, models, services."""
    return await lineage.of(platform, caller, id)
