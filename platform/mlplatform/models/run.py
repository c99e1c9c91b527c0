"""Workflows as they are stored, and their runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from mlplatform.models.base import Model, Name, Text
from mlplatform.models.numbers import Version
from mlplatform.models.workload import Priority, Reason

RunState = Literal["running", "succeeded", "failed", "cancelling", "cancelled"]
StepState = Literal["waiting", "running", "succeeded", "failed", "skipped", "cancelled"]


class WorkflowView(Model):
    """A version of a workflow; its text is at `GET /workflows/NAME?version=…`."""

    name: str
    version: int
    owner: str
    title: Text
    steps: int
    created_at: datetime


class RunRequest(Model):
    """Run a workflow."""

    version: Version | None = None
    """The newest when left out."""
    tenant: Name | None = None
    """Whose quota its steps use; may be left out by who belongs to one tenant at most."""
    priority: Priority = Field(default=0, ge=-100, le=100)
    cache: bool = True
    """False: every step runs, also where a task that did the same has succeeded before."""


class StepTask(Model):
    """A task of a step."""

    id: str | None
    """None before it is submitted."""
    value: Any
    """Of the fan-out; null for a step without."""
    state: StepState
    reason: Reason | None
    """Why it failed, was skipped, or waits in the queue."""
    cached: bool
    """It had succeeded before: nothing ran."""
    metrics: dict[str, float]


class StepView(Model):
    operator: str
    state: StepState
    reason: Reason | None
    """The first of its tasks'."""
    tasks: list[StepTask]
    """One, or one for each value of its fan-out."""


class RunView(Model):
    """A run as a list shows it."""

    id: str
    workflow: str
    version: int
    owner: str
    tenant: str
    priority: Priority
    cache: bool
    state: RunState
    reason: Reason | None
    """Why it failed or was cancelled."""
    paused: bool
    """Nothing more of it starts before it is resumed."""
    created_at: datetime
    finished_at: datetime | None


class RunDetail(RunView):
    """A run with its steps, in the workflow's order."""

    steps: dict[str, StepView]
