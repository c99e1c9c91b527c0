"""What a journal says about a run: the model that `status`, the command line and the TUI show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pydantic import Field

from installer.common.errors import ErrorReport
from installer.common.text import Text
from installer.engine.journal import read
from installer.engine.lock import is_held
from installer.models.base import Model
from installer.models.journal import (
    Action,
    Event,
    Notice,
    Paused,
    Progress,
    RunEnded,
    RunStarted,
    StepChanged,
    StepState,
)

OPEN: tuple[StepState, ...] = ("running", "failed", "undoing")
"""A step in one of these states is half done: it is undone before anything else."""
CLEAN: tuple[StepState, ...] = ("waiting", "undone", "skipped")
"""A step in one of these states has left nothing on any node."""


class StepView(Model):
    """One step as it stands. Times are RFC 3339; `seconds` is how long it ran (running: until the last event)."""

    id: str
    state: StepState = "waiting"
    since: str = ""
    seconds: float | None = None
    error: ErrorReport | None = None
    text: Text | None = None
    """The last sign of life while it runs or is undone."""
    done: int | None = None
    total: int | None = None

    @property
    def node(self) -> str:
        """The node of a step on one node; empty for a step on the cluster."""
        return self.id.split("/")[1] if self.id.startswith("nodes/") else ""

    @property
    def stage(self) -> str:
        return self.id.rsplit("/", 1)[-1]


class RunView(Model):
    """A site's runs, all in all: the newest action, and where every step stands after all of them."""

    action: Action | None = None
    steps: dict[str, StepView] = Field(default_factory=dict)
    """By id, in the order of the plan."""
    plan_digest: str = ""
    started_at: str = ""
    ended_at: str = ""
    outcome: str = ""
    """As `RunEnded.outcome`; empty while it runs, and for ever when its engine was killed."""
    error: ErrorReport | None = None
    notices: list[Text] = Field(default_factory=list)
    """Of the newest action."""
    paused: bool = False
    running: bool = False
    """Whether an engine is at work; only `look` knows."""
    next_seq: int = 0
    """The number of the event that comes next."""

    @property
    def half_done(self) -> list[StepView]:
        return [step for step in self.steps.values() if step.state in OPEN]

    @property
    def clean(self) -> bool:
        """Whether no step has left anything behind."""
        return all(step.state in CLEAN for step in self.steps.values())

    @property
    def complete(self) -> bool:
        return bool(self.steps) and all(step.state in ("done", "skipped") for step in self.steps.values())

    @property
    def died(self) -> bool:
        """Whether the newest run has no end though no engine is at work."""
        return self.action is not None and not self.outcome and not self.running


def replay(events: Iterable[Event], view: RunView | None = None) -> RunView:
    """What these events add up to, on top of `view`."""
    view = view or RunView()
    for event in events:
        view = advance(view, event)
    return view


def look(run_dir: Path) -> RunView:
    """Where the site of this run directory stands now."""
    held = is_held(run_dir)
    return replay(read(run_dir / "journal.jsonl")).model_copy(update={"running": held})


def advance(view: RunView, event: Event) -> RunView:
    """The view after one more event."""
    update: dict[str, object] = {"next_seq": event.seq + 1}
    match event:
        case RunStarted():
            update |= {
                "action": event.action,
                "plan_digest": event.plan_digest,
                "started_at": event.at,
                "ended_at": "",
                "outcome": "",
                "error": None,
                "notices": [],
                "paused": False,
            }
            if event.action == "install":  # everything is as before the first run: the plan begins anew
                update["steps"] = {step: StepView(id=step) for step in event.steps}
        case StepChanged():
            update["steps"] = {**view.steps, event.step: _enter(view.steps.get(event.step), event)}
        case Progress():
            step = view.steps.get(event.step) or StepView(id=event.step)
            told = {"text": event.text, "done": event.done, "total": event.total}
            update["steps"] = {**view.steps, event.step: step.model_copy(update=told)}
        case Notice():
            update["notices"] = [*view.notices, event.text]
        case Paused():
            update["paused"] = event.paused
        case RunEnded():
            update |= {"outcome": event.outcome, "error": event.error, "ended_at": event.at, "paused": False}
    return view.model_copy(update=update)


def _enter(step: StepView | None, event: StepChanged) -> StepView:
    step = step or StepView(id=event.step)
    lasted = event.seconds
    if lasted is None and step.state in ("running", "undoing"):
        lasted = (datetime.fromisoformat(event.at) - datetime.fromisoformat(step.since)).total_seconds()
    return StepView(id=step.id, state=event.state, since=event.at, seconds=lasted, error=event.error)
