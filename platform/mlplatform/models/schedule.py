"""A schedule's description: when to run a workflow or a task, and what to do about times that were missed or that meet work still running."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime
from typing import Literal

from cronsim import CronSim, CronSimError
from pydantic import Field, field_validator, model_validator

from mlplatform.models.base import Model, Name
from mlplatform.models.metadata import ApiVersion, Metadata
from mlplatform.models.run import RunRequest
from mlplatform.models.workload import Reason, TaskRequest

FIELDS = 5
"""Minute, hour, day of the month, month, day of the week."""
CatchUp = Literal["skip", "last", "all"]
Concurrency = Literal["allow", "forbid", "replace"]


class ScheduleSpec(Model):
    cron: str = Field(max_length=200)
    """Minute, hour, day of the month, month, day of the week: `30 2 * * MON-FRI`."""
    timezone: str = Field(default="UTC", max_length=60)
    """By which the expression is read: `Asia/Shanghai`."""
    workflow: Name | None = None
    """What to run; either this or a task."""
    run: RunRequest = Field(default_factory=RunRequest)
    """How to run the workflow."""
    task: TaskRequest | None = None
    catch_up: CatchUp = "last"
    """Of the times at which no scheduler ran: none, the last one, or all of them, up to the last 100."""
    concurrency: Concurrency = "allow"
    """While what an earlier time began still runs: begin beside it, leave this time out, or cancel the earlier."""

    @field_validator("cron")
    @classmethod
    def _is_cron(cls, value: str) -> str:
        if len(value.split()) != FIELDS:
            raise ValueError("must have five fields: minute, hour, day of the month, month, day of the week")
        try:
            next(CronSim(value, datetime(2000, 1, 1, tzinfo=UTC)))
        except (CronSimError, StopIteration) as error:
            raise ValueError("is no cron expression that ever comes; one is 30 2 * * MON-FRI") from error
        return value

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("is no time zone of the tz database, such as Europe/Berlin") from error
        return value

    @model_validator(mode="after")
    def _one_thing(self) -> ScheduleSpec:
        if (self.workflow is None) == (self.task is None):
            raise ValueError("name either a workflow or a task")
        return self


class Schedule(Model):
    """The whole document."""

    apiVersion: ApiVersion
    kind: Literal["Schedule"]
    metadata: Metadata
    spec: ScheduleSpec


class ScheduleView(Model):
    """A schedule as the API shows it."""

    name: str
    owner: str
    spec: ScheduleSpec
    paused: bool
    last: datetime | None
    """The last time that was dealt with."""
    next: datetime | None
    """None while it is paused."""
    created_at: datetime


class EntryView(Model):
    """What became of one time of a schedule."""

    due: datetime
    state: Literal["begun", "left_out", "failed"]
    reason: Reason | None
    """Why it was left out, or could not begin."""
    run: str | None
    task: str | None
    created_at: datetime
