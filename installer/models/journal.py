"""The journal: JSON lines, written before what they say takes effect."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from installer.common.errors import ErrorReport
from installer.common.text import Text
from installer.models.base import Model

StepState = Literal["waiting", "running", "done", "failed", "undoing", "undone", "skipped"]
Action = Literal["install", "retry", "rollback"]


class _Event(Model):
    at: str
    """RFC 3339, UTC, with microseconds."""
    seq: int


class RunStarted(_Event):
    type: Literal["run_started"] = "run_started"
    action: Action
    plan_digest: str
    version: str
    steps: list[str]
    """Ids of all steps of the run, in order (for a rollback: in the order of undoing)."""


class StepChanged(_Event):
    """A step enters a state. `seconds`: how long the state before it lasted."""

    type: Literal["step"] = "step"
    step: str
    state: StepState
    seconds: float | None = None
    error: ErrorReport | None = None


class Progress(_Event):
    """A sign of life inside a running step: an Ansible task, an image, a condition waited for."""

    type: Literal["progress"] = "progress"
    step: str
    text: Text
    done: int | None = None
    total: int | None = None


class Notice(_Event):
    """Something a person should know that is no failure: a foreign change left alone, a residue."""

    type: Literal["notice"] = "notice"
    step: str = ""
    text: Text


class Paused(_Event):
    """The run waits between two stages, or goes on again."""

    type: Literal["paused"] = "paused"
    paused: bool


class RunEnded(_Event):
    type: Literal["run_ended"] = "run_ended"
    outcome: Literal["good", "failed", "residue", "interrupted"]
    error: ErrorReport | None = None


Event = Annotated[RunStarted | StepChanged | Progress | Notice | Paused | RunEnded, Field(discriminator="type")]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
