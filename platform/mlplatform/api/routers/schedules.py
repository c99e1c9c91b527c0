"""Schedules: work that begins at its times."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from mlplatform.api.deps import CallerDep, PlatformDep
from mlplatform.core import schedules
from mlplatform.models.base import Name
from mlplatform.models.schedule import EntryView, ScheduleSpec, ScheduleView

router = APIRouter(prefix="/schedules", tags=["schedules"])


class ScheduleList(BaseModel):
    items: list[ScheduleView]


class EntryList(BaseModel):
    items: list[EntryView]


@router.put("/{name}", responses={201: {"model": ScheduleView, "description": "It is new"}})
async def put_schedule(
    platform: PlatformDep, caller: CallerDep, name: Name, request: ScheduleSpec, response: Response
) -> ScheduleView:
    """Write a schedule: its times count from now on. Writing what it says already changes nothing."""
    written, new = await schedules.put(platform, caller, name, request)
    response.status_code = 201 if new else 200
    return written


@router.get("")
async def list_schedules(platform: PlatformDep, caller: CallerDep) -> ScheduleList:
    """Every schedule, by name."""
    return ScheduleList(items=await schedules.list_all(platform, caller))


@router.get("/{name}")
async def get_schedule(platform: PlatformDep, caller: CallerDep, name: Name) -> ScheduleView:
    """One schedule, with its last and next time."""
    return await schedules.get(platform, caller, name)


@router.get("/{name}/entries")
async def list_schedule_entries(
    platform: PlatformDep, caller: CallerDep, name: Name, limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> EntryList:
    """What became of its last times, newest first."""
    return EntryList(items=await schedules.entries(platform, caller, name, limit))


@router.post("/{name}/pause")
async def pause_schedule(platform: PlatformDep, caller: CallerDep, name: Name) -> ScheduleView:
    """Begin nothing more; what it began goes on."""
    return await schedules.set_paused(platform, caller, name, True)


@router.post("/{name}/resume")
async def resume_schedule(platform: PlatformDep, caller: CallerDep, name: Name) -> ScheduleView:
    """Go on with the next time; those in between are not caught up."""
    return await schedules.set_paused(platform, caller, name, False)


@router.delete("/{name}", status_code=204)
async def delete_schedule(platform: PlatformDep, caller: CallerDep, name: Name) -> None:
    """Remove a schedule. What it began goes on."""
    await schedules.delete(platform, caller, name)
