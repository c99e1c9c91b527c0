"""What happens next in a run: a pure function of its workflow and of where its steps stand."""

from __future__ import annotations

import graphlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from mlplatform.models.base import Text
from mlplatform.models.run import StepState
from mlplatform.models.workflow import Best, Step, WorkflowSpec
from mlplatform.models.workload import Reason


@dataclass(frozen=True)
class Item:
    """A step, or a step for one value of its fan-out."""

    step: str
    index: int
    state: StepState
    task: str = ""
    """Its task's id, once it has one."""
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Submit:
    """It becomes a task."""

    step: str
    index: int
    sources: Mapping[str, str]
    """The task whose output each input takes, by input name; inputs from steps only."""


@dataclass(frozen=True)
class Close:
    """It ends without a task."""

    step: str
    index: int
    state: Literal["failed", "skipped"]
    reason: Reason


@dataclass(frozen=True)
class End:
    """The run has ended."""

    state: Literal["succeeded", "failed"]
    reason: Reason | None


Move = Submit | Close | End


def progress(spec: WorkflowSpec, items: Sequence[Item]) -> list[Move]:
    """The moves that are due. After all of them nothing more is, until a task ends."""
    now: dict[str, list[Item]] = {name: [] for name in spec.steps}
    for item in sorted(items, key=lambda i: i.index):
        now[item.step].append(item)
    moves: list[Move] = []
    order = graphlib.TopologicalSorter({name: sorted(step.needs) for name, step in spec.steps.items()})
    for name in order.static_order():
        step = spec.steps[name]
        waiting = [item for item in now[name] if item.state == "waiting"]
        if not waiting or any(state_of(now[n]) in ("waiting", "running") for n in step.needs):
            continue
        closed = _closed(step, now)
        if isinstance(closed, dict):
            moves += [Submit(name, item.index, closed) for item in waiting]
            after: StepState = "running"
        else:
            after, reason = closed
            moves += [Close(name, item.index, after, reason) for item in waiting]
        now[name] = [replace(item, state=after) if item in waiting else item for item in now[name]]
    states = {name: state_of(of) for name, of in now.items()}
    if not {"waiting", "running"} & set(states.values()):
        broken = [name for name in spec.steps if states[name] in ("failed", "cancelled")]
        moves.append(End("failed", _broken(broken)) if broken else End("succeeded", None))
    return moves


def state_of(items: Sequence[Item]) -> StepState:
    """A step's state from those of its items."""
    states = {item.state for item in items}
    order: tuple[StepState, ...] = ("running", "waiting", "failed", "cancelled", "skipped")
    return next((state for state in order if state in states), "succeeded")


def _closed(
    step: Step, now: Mapping[str, Sequence[Item]]
) -> dict[str, str] | tuple[Literal["failed", "skipped"], Reason]:
    """What a step whose needs have ended takes its inputs from; or how it ends without a task, and why."""
    for need in sorted(step.needs):
        if (state := state_of(now[need])) != "succeeded":
            return "skipped", _after(need, state)
    if step.when is not None:
        condition, item = step.when, now[step.when.step][0]
        value = item.metrics.get(condition.metric)
        if value is None:
            return "failed", _no_metric(condition.step, condition.metric)
        if not condition.holds(value):
            return "skipped", _condition(condition.step, condition.metric, value)
    sources: dict[str, str] = {}
    for name, source in step.inputs.items():
        if source.step is None:
            continue
        chosen: Item | None = now[source.step][0]
        if source.best is not None:
            chosen = _best(now[source.step], source.best)
            if chosen is None:
                return "failed", _no_metric(source.step, source.best.metric)
        assert chosen is not None
        sources[name] = chosen.task
    return sources


def _best(items: Sequence[Item], best: Best) -> Item | None:
    """The item with the best value, the first of equal ones; None when no item reported one."""
    sign = 1 if best.order == "highest" else -1
    known = [item for item in items if math.isfinite(item.metrics.get(best.metric, math.nan))]
    return max(known, key=lambda item: sign * item.metrics[best.metric], default=None)


def _after(step: str, state: StepState) -> Reason:
    words = {
        "failed": Text(en="failed", zh="失败"),
        "cancelled": Text(en="was cancelled", zh="已取消"),
        "skipped": Text(en="was skipped", zh="已跳过"),
    }
    text = Text(en="Step {step}, which it needs, {en}.", zh="它所需的步骤 {step} {zh}。")
    return Reason(code="before", text=text.format(step=step, en=words[state].en, zh=words[state].zh))


def _condition(step: str, metric: str, value: float) -> Reason:
    text = Text(
        en="Its condition does not hold: {metric} of {step} is {value}.",
        zh="条件不成立：{step} 的 {metric} 为 {value}。",
    )
    return Reason(code="condition", text=text.format(step=step, metric=metric, value=f"{value:g}"))


def _no_metric(step: str, metric: str) -> Reason:
    text = Text(en="Step {step} reported no metric {metric}.", zh="步骤 {step} 没有报告指标 {metric}。")
    return Reason(code="no_metric", text=text.format(step=step, metric=metric))


def _broken(steps: Sequence[str]) -> Reason:
    text = Text(en="Did not succeed: {steps}.", zh="未成功：{steps}。").format(steps=", ".join(steps))
    return Reason(code="steps", text=text)
