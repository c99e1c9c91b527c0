"""Runs of workflows."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep, WantDep
from mlplatform.api.etags import IF_MATCH
from mlplatform.api.problems import may
from mlplatform.core import runs
from mlplatform.models.base import Name
from mlplatform.models.run import RunDetail, RunState, RunView

router = APIRouter(prefix="/runs", tags=["runs"])


class RunPage(BaseModel):
    items: list[RunView]
    next: str | None
    """The cursor of the following page; null at the end."""


@router.get("")
async def list_runs(
    platform: PlatformDep,
    caller: CallerDep,
    want: WantDep,
    workflow: Name | None = None,
    state: RunState | None = None,
) -> RunPage:
    """Runs, newest first."""
    return RunPage(**vars(await runs.list_page(platform, caller, want, workflow=workflow, state=state)))


@router.get("/{id}", responses=may(404))
async def get_run(platform: PlatformDep, caller: CallerDep, id: str) -> RunDetail:
    """One run: where each of its steps stands, and why."""
    return await runs.get(platform, caller, id)


@router.post("/{id}/cancel", responses=may(403, 404, 409, 412), dependencies=[IF_MATCH])
async def cancel_run(platform: PlatformDep, caller: CallerDep, id: str) -> RunDetail:
    """Stop it and what of it waits or runs."""
    return await runs.cancel(platform, caller, id)


@router.post("/{id}/pause", responses=may(403, 404, 409, 412), dependencies=[IF_MATCH])
async def pause_run(platform: PlatformDep, caller: CallerDep, id: str) -> RunDetail:
    """Start nothing more of it; what runs, runs to its end."""
    return await runs.set_paused(platform, caller, id, True)


@router.post("/{id}/resume", responses=may(403, 404, 409, 412), dependencies=[IF_MATCH])
async def resume_run(platform: PlatformDep, caller: CallerDep, id: str) -> RunDetail:
    """Let it go on."""
    return await runs.set_paused(platform, caller, id, False)


@router.post("/{id}/retry", responses=may(403, 404, 409, 412), dependencies=[IF_MATCH])
async def retry_run(platform: PlatformDep, caller: CallerDep, id: str) -> RunDetail:
    """Do again what did not succeed; what succeeded stays."""
    return await runs.retry(platform, caller, id)
