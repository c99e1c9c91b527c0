"""What happens next in a run, as a pure function: by example, and what holds for every workflow and every outcome."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlplatform.models.workflow import WorkflowSpec
from mlplatform.scheduler.progress import Close, End, Item, Submit, progress


def spec(**steps: dict[str, Any]) -> WorkflowSpec:
    return WorkflowSpec.model_validate({"steps": {k: {"operator": "o"} | v for k, v in steps.items()}})


def after(*names: str) -> dict[str, Any]:
    return {"inputs": {f"i-{n}": {"step": n, "output": "data"} for n in names}}


def item(step: str, state: str = "waiting", index: int = 0, **metrics: float) -> Item:
    return Item(step, index, state, f"{step}-{index}", metrics)  # type: ignore[arg-type]


CHAIN = spec(a={}, b=after("a"), c=after("b"), d={})


def test_what_needs_nothing_begins_and_the_rest_waits() -> None:
    moves = progress(CHAIN, [item(n) for n in "abcd"])
    assert moves == [Submit("a", 0, {}), Submit("d", 0, {})]


def test_a_step_begins_when_what_it_needs_has_succeeded() -> None:
    assert progress(CHAIN, [item("a", "running"), item("b"), item("c"), item("d", "running")]) == []
    moves = progress(CHAIN, [item("a", "succeeded"), item("b"), item("c"), item("d", "running")])
    assert moves == [Submit("b", 0, {"i-a": "a-0"})]


def test_a_failure_ends_the_run_after_the_independent_branches() -> None:
    moves = progress(CHAIN, [item("a", "failed"), item("b"), item("c"), item("d", "running")])
    assert [(m.step, m.state) for m in moves if isinstance(m, Close)] == [("b", "skipped"), ("c", "skipped")]
    assert not any(isinstance(m, End) for m in moves)
    (first, second) = [m.reason.text.en for m in moves if isinstance(m, Close)]
    assert first == "Step a, which it needs, failed." and second == "Step b, which it needs, was skipped."
    (end,) = progress(CHAIN, [item("a", "failed"), item("b", "skipped"), item("c", "skipped"), item("d", "succeeded")])
    assert isinstance(end, End) and end.state == "failed" and end.reason and end.reason.text.en.endswith(": a.")


@pytest.mark.parametrize(
    ("limits", "metrics", "outcome"),
    [
        ({"at_least": 0.9}, {"accuracy": 0.9}, "submit"),
        ({"at_least": 0.9}, {"accuracy": 0.89}, "skipped"),
        ({"at_most": 0.9}, {"accuracy": 0.95}, "skipped"),
        ({"at_least": 0.1, "at_most": 0.9}, {"accuracy": 0.5}, "submit"),
        ({"at_least": 0.9}, {"accuracy": math.nan}, "skipped"),
        ({"at_least": 0.9}, {"loss": 0.9}, "failed"),
    ],
)
def test_a_condition_decides_by_a_metric(limits: dict[str, float], metrics: dict[str, float], outcome: str) -> None:
    flow = spec(a={}, b={"when": {"step": "a", "metric": "accuracy"} | limits})
    moves = progress(flow, [item("a", "succeeded", **metrics), item("b")])
    assert (moves[0].state if isinstance(moves[0], Close) else "submit") == outcome
    if outcome == "skipped":  # by its condition: nothing went wrong
        assert moves[1] == End("succeeded", None)


@pytest.mark.parametrize(("order", "chosen"), [("highest", "a-1"), ("lowest", "a-0")])
def test_a_consumer_takes_the_best_of_a_fan_out(order: str, chosen: str) -> None:
    source = {"step": "a", "output": "model", "best": {"metric": "m", "order": order}}
    flow = spec(a={"foreach": {"param": "p", "values": [1, 2, 3, 4]}}, b={"inputs": {"model": source}})
    values = [0.1, 0.5, 0.5, math.nan]
    done = [item("a", "succeeded", i, m=v) for i, v in enumerate(values)]
    assert progress(flow, [*done, item("b")]) == [Submit("b", 0, {"model": chosen})]
    assert progress(flow, [*done[:3], item("a", "running", 3), item("b")]) == []
    without = progress(flow, [*(item("a", "succeeded", i) for i in range(4)), item("b")])
    assert isinstance(without[0], Close) and without[0].reason.code == "no_metric"
    broken = progress(flow, [*done[:3], item("a", "failed", 3), item("b")])
    assert isinstance(broken[0], Close) and broken[0].state == "skipped"


@st.composite
def flows(draw: st.DrawFn) -> WorkflowSpec:
    names = [f"s{i}" for i in range(draw(st.integers(1, 7)))]
    steps: dict[str, Any] = {}
    fanned = set(draw(st.lists(st.sampled_from(names), max_size=2)))
    for index, name in enumerate(names):
        before = draw(st.lists(st.sampled_from(names[:index]), unique=True, max_size=3)) if index else []
        step = after(*before)
        for source in step["inputs"].values():
            if source["step"] in fanned:
                source["best"] = {"metric": "m", "order": draw(st.sampled_from(["highest", "lowest"]))}
        once = [n for n in names[:index] if n not in fanned]
        if once and draw(st.booleans()):
            step["when"] = {"step": draw(st.sampled_from(once)), "metric": "m", "at_least": 0.5}
        if name in fanned:
            step["foreach"] = {"param": "p", "values": list(range(draw(st.integers(1, 3))))}
        steps[name] = step
    order = draw(st.permutations(names))
    return spec(**{name: steps[name] for name in order})


@given(flows(), st.data())
def test_every_run_ends_and_no_step_begins_before_its_time_or_twice(flow: WorkflowSpec, data: st.DataObject) -> None:
    state = {(n, i): item(n, "waiting", i) for n, step in flow.steps.items() for i in range(len(step.items()))}
    submitted: list[tuple[str, int]] = []
    end: End | None = None
    for _ in range(100):
        for move in progress(flow, list(state.values())):
            if isinstance(move, End):
                end = move
            elif isinstance(move, Close):
                state[move.step, move.index] = item(move.step, move.state, move.index)
            else:
                assert (move.step, move.index) not in submitted
                needed = [i for i in state.values() if i.step in flow.steps[move.step].needs]
                assert all(i.state == "succeeded" for i in needed)
                assert set(move.sources.values()) <= {i.task for i in needed}
                submitted.append((move.step, move.index))
                state[move.step, move.index] = item(move.step, "running", move.index)
        if end:
            break
        running = [key for key, i in state.items() if i.state == "running"]
        name, index = data.draw(st.sampled_from(running))  # there is one, or the run would hang
        outcome = data.draw(st.sampled_from(["succeeded", "succeeded", "failed", "cancelled"]))
        metrics = data.draw(st.sampled_from([{}, {"m": 0.2}, {"m": 0.8}]))
        state[name, index] = item(name, outcome, index, **metrics)
    assert end is not None
    states = {i.state for i in state.values()}
    assert not states & {"waiting", "running"}
    assert (end.state == "failed") == bool(states & {"failed", "cancelled"})
    assert progress(flow, list(state.values())) == [end]
