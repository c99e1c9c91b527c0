"""The loop around undo: it goes on until nothing differs, gives up when nothing moves, tells the two apart."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from installer.fingerprint.agent import state as states
from installer.fingerprint.agent import undo as undo_module
from installer.fingerprint.agent.state import State
from installer.fingerprint.agent.undo import undo
from installer.fingerprint.agent.work import Work

EMPTY = State({"links": {}, "routes": {}}, {})
ALL = {"links": ["*"], "routes": ["*"]}


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, dict[str, str]]]:
    """Make a node of a state and of actions that may change it; time passes by a second at each reading."""

    def make(sections: dict[str, dict[str, str]], *actions: Callable[[Work], None]) -> dict[str, dict[str, str]]:
        clock = iter(range(10**6))

        def read() -> State:
            return State({name: dict(entries) for name, entries in sections.items()}, {})

        monkeypatch.setattr(states, "read", read)
        monkeypatch.setattr(undo_module, "ORDER", list(actions))
        passing = SimpleNamespace(monotonic=lambda: float(next(clock)), sleep=lambda seconds: None)
        monkeypatch.setattr(undo_module, "time", passing)
        return sections

    return make


def test_nothing_to_do_does_nothing(node: Callable[..., dict[str, dict[str, str]]]) -> None:
    def never(work: Work) -> None:
        raise AssertionError

    node({"links": {}, "routes": {}}, never)
    assert undo(EMPTY, ALL) == {"done": [], "left": [], "failed": []}


def test_what_needs_several_passes_is_done(node: Callable[..., dict[str, dict[str, str]]]) -> None:
    def one_at_a_time(work: Work) -> None:
        for difference in work.of("links")[:1]:
            del sections["links"][difference.key]

    sections = node({"links": dict.fromkeys("abcdef", "up"), "routes": {}}, one_at_a_time)
    report = undo(EMPTY, ALL)
    assert [d["key"] for d in report["done"]] == list("abcdef")
    assert report["failed"] == report["left"] == []


def test_what_does_not_move_is_told_with_its_reason_and_the_rest_is_done(
    node: Callable[..., dict[str, dict[str, str]]],
) -> None:
    def links(work: Work) -> None:
        for difference in work.of("links"):
            work.note(difference, "Device or resource busy")

    def routes(work: Work) -> None:
        sections["routes"].clear()

    sections = node({"links": {"stuck": "up"}, "routes": {"r": "present"}}, links, routes)
    report = undo(EMPTY, ALL)
    assert [(d["key"], d["reason"]) for d in report["failed"]] == [("stuck", "Device or resource busy")]
    assert [d["key"] for d in report["done"]] == ["r"]


def test_somebody_elses_is_left_alone(node: Callable[..., dict[str, dict[str, str]]]) -> None:
    def clear(work: Work) -> None:
        assert [d.key for d in work.todo] == ["lxc1"]
        del sections["links"]["lxc1"]

    sections = node({"links": {"lxc1": "up", "wg0": "up"}, "routes": {}}, clear)
    report = undo(EMPTY, {"links": ["lxc*"]})
    assert [d["key"] for d in report["left"]] == ["wg0"]
    assert sections["links"] == {"wg0": "up"}
