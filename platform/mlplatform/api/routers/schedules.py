"""Schedules: work that begins at its times."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep, WantDep
from mlplatform.api.etags import IF_MATCH
from mlplatform.api.problems import may
from mlplatform.core import schedules
from mlplatform.models.base import Name
from mlplatform.models.schedule import EntryView, ScheduleSpec, ScheduleView

router = APIRouter(prefix="/schedules", tags=["schedules"])
MADE: dict[int | str, dict[str, Any]] = {201: {"model": ScheduleView, "description": "It is new"}}


class ScheduleList(BaseModel):
    items: list[ScheduleView]
    next: str | None
    """The cursor of the following page; null at the end."""


class EntryList(BaseModel):
    items: list[EntryView]
    next: str | None
    """The cursor of the following page; null at the end."""


@router.put(
    "/{name}",
    responses=MADE | may(403, 404, 409, 412),
    dependencies=[IF_MATCH],
)
async def put_schedule(
    platform: PlatformDep, caller: CallerDep, name: Name, request: ScheduleSpec, response: Response
) -> ScheduleView:
    """Write a schedule: its times count from now on. Writing what it says already changes nothing."""
    written, new = await schedules.put(platform, caller, name, request)
    response.status_code = 201 if new else 200
    return written


@router.get("")
async def list_schedules(platform: PlatformDep, caller: CallerDep, want: WantDep) -> ScheduleList:
    """Every schedule, by name."""
    return ScheduleList(**vars(await schedules.list_page(platform, caller, want)))


@router.get("/{name}", responses=may(404))
async def get_schedule(platform: PlatformDep, caller: CallerDep, name: Name) -> ScheduleView:
    """One schedule, with its last and next time."""
    return await schedules.get(platform, caller, name)


@router.get("/{name}/entries", responses=may(404))
async def list_schedule_entries(platform: PlatformDep, caller: CallerDep, name: Name, want: WantDep) -> EntryList:
    """What became of its last times, newest first."""
    return EntryList(**vars(await schedules.entries(platform, caller, name, want)))


@router.post("/{name}/pause", responses=may(404, 412), dependencies=[IF_MATCH])
async def pause_schedule(platform: PlatformDep, caller: CallerDep, name: Name) -> ScheduleView:
    """Begin nothing more; what it began goes on."""
    return await schedules.set_paused(platform, caller, name, True)


@router.post("/{name}/resume", responses=may(404, 412), dependencies=[IF_MATCH])
async def resume_schedule(platform: PlatformDep, caller: CallerDep, name: Name) -> ScheduleView:
    """Go on with the next time; those in between are not caught up."""
    return await schedules.set_paused(platform, caller, name, False)


@router.delete("/{name}", status_code=204, response_class=Response, responses=may(404, 412), dependencies=[IF_MATCH])
async def delete_schedule(platform: PlatformDep, caller: CallerDep, name: Name) -> None:
    """Remove a schedule. What it began goes on."""
    await schedules.delete(platform, caller, name)
