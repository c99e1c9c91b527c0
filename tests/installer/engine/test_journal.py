"""The journal survives a torn line; following it ends with the run or with its engine."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from installer.common.errors import ErrorReport, SlipwayError
from installer.common.text import Text
from installer.engine import follow, look, replay
from installer.engine.journal import Journal, read
from installer.engine.lock import EngineLock
from installer.models.journal import Notice, Paused, Progress, RunEnded, RunStarted, StepChanged

STARTED = {"action": "install", "plan_digest": "d", "version": "1", "steps": ["nodes/n1/a", "cluster/b"]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "site.run/journal.jsonl"


def test_events_are_numbered_across_engines(path: Path) -> None:
    for _ in range(2):
        journal = Journal(path)
        journal.write(RunStarted, **STARTED)
        journal.write(RunEnded, outcome="good")
        journal.close()
    assert [event.seq for event in read(path)] == [0, 1, 2, 3]


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_torn_last_line_is_ignored_and_then_cut_off(path: Path, cut: int) -> None:
    journal = Journal(path)
    journal.write(RunStarted, **STARTED)
    journal.write(StepChanged, step="nodes/n1/a", state="running")
    journal.close()
    path.write_bytes(path.read_bytes()[:-cut])
    assert [type(event) for event in read(path)] == [RunStarted]
    journal = Journal(path)
    journal.write(RunEnded, outcome="failed")
    journal.close()
    assert [(type(event), event.seq) for event in read(path)] == [(RunStarted, 0), (RunEnded, 1)]


def test_damage_in_the_middle_is_named_with_its_line(path: Path) -> None:
    journal = Journal(path)
    journal.write(RunStarted, **STARTED)
    journal.write(RunEnded, outcome="good")
    journal.close()
    lines = path.read_bytes().splitlines()
    path.write_bytes(lines[0][:10] + b"\n" + lines[1] + b"\n")
    with pytest.raises(SlipwayError) as caught:
        read(path)
    assert caught.value.report.where == f"{path}:1"


def test_following_yields_what_comes_and_ends_with_the_run(path: Path) -> None:
    with EngineLock(path.parent):
        journal = Journal(path)
        journal.write(RunStarted, **STARTED)
        waits: list[int] = []

        def wait() -> None:
            """Stands for the time that passes: the engine writes meanwhile."""
            waits.append(1)
            if len(waits) == 1:
                journal.write(StepChanged, step="nodes/n1/a", state="running")
            else:
                journal.write(RunEnded, outcome="good")

        assert [type(e) for e in follow(path, wait=wait)] == [RunStarted, StepChanged, RunEnded]
        assert len(waits) == 2
        assert [type(e) for e in follow(path, since=2, wait=wait)] == [RunEnded]
        journal.close()


def test_following_ends_when_the_engine_has_died(path: Path) -> None:
    journal = Journal(path)
    journal.write(RunStarted, **STARTED)
    journal.close()
    assert [type(e) for e in follow(path, wait=lambda: pytest.fail("nobody will write any more"))] == [RunStarted]
    assert look(path.parent).died


def test_following_where_there_is_no_journal_ends_at_once(path: Path) -> None:
    assert list(follow(path)) == []


def test_events_from_several_threads_are_whole_lines(path: Path) -> None:
    from installer.engine.record import Record

    record = Record(path.parent)
    record.write(RunStarted, **STARTED)

    def tell() -> None:
        for number in range(50):
            record.progress("nodes/n1/a", Text.same("x" * 500), number, 50)

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record.close()
    assert [event.seq for event in read(path)] == list(range(201))


def test_a_view_adds_up_a_run(path: Path) -> None:
    journal = Journal(path)
    error = ErrorReport(what=Text.same("bad"))
    journal.write(RunStarted, **STARTED)
    journal.write(StepChanged, step="nodes/n1/a", state="running")
    journal.write(Progress, step="nodes/n1/a", text=Text.same("task"), done=1, total=2)
    journal.write(Paused, paused=True)
    journal.write(Notice, text=Text.same("look"))
    view = replay(read(path))
    step = view.steps["nodes/n1/a"]
    assert (step.state, step.text, step.done, step.total, step.node, step.stage) == (
        *("running", Text.same("task"), 1, 2),
        *("n1", "a"),
    )
    assert view.paused and view.notices == [Text.same("look")] and view.steps["cluster/b"].state == "waiting"
    journal.write(StepChanged, step="nodes/n1/a", state="failed", error=error)
    journal.write(RunEnded, outcome="failed", error=error)
    view = replay(read(path))
    assert [s.id for s in view.half_done] == ["nodes/n1/a"] and view.steps["nodes/n1/a"].seconds is not None
    assert view.error == error and not view.paused and not view.clean and not view.complete
    journal.write(RunStarted, **{**STARTED, "action": "retry"})
    again = replay(read(path))
    assert again.steps["nodes/n1/a"].state == "failed" and again.outcome == "" and again.notices == []
    journal.close()
