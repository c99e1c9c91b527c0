"""The audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep, WantDep
from mlplatform.api.problems import may
from mlplatform.core import audit
from mlplatform.models.audit import AuditView

router = APIRouter(prefix="/audit", tags=["audit"])


class AuditPage(BaseModel):
    items: list[AuditView]
    next: str | None
    """The cursor of the following page; null at the end."""


@router.get("", responses=may(403))
async def list_audit(
    *,
    platform: PlatformDep,
    caller: CallerDep,
    want: WantDep,
    subject: Annotated[str | None, Query(max_length=200)] = None,
    action: Annotated[str | None, Query(max_length=100, description="The operation, as `cancel_task`")] = None,
    outcome: audit.Outcome | None = None,
) -> AuditPage:
    """Who changed what, or tried to; newest first. For administrators."""
    return AuditPage(
        **vars(await audit.page(platform, caller, subject=subject, action=action, outcome=outcome, want=want))
    )
