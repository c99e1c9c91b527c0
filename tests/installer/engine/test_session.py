"""The engine's promise: stop it anywhere; retry ends with everything done, rollback with everything undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installer.common.errors import InvalidInput, SlipwayError
from installer.common.text import Text
from installer.engine import look
from installer.engine.journal import read
from installer.engine.wish import Wish
from installer.models.journal import Notice, RunEnded, RunStarted, StepChanged

from .world import Engine, FakeStage, World

INSTALL = Wish(action="install")
RETRY = Wish(action="retry")
ROLLBACK = Wish(action="rollback")
ALL = Wish(action="rollback", everything=True, prove=True)

Make = Callable[..., Engine]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    monkeypatch.setattr("os.fsync", lambda file: None)  # a killed process loses nothing; only a power cut would
    count = 0

    def build(nodes: int = 2) -> Engine:
        nonlocal count
        count += 1
        return Engine(World(nodes), tmp_path / f"{count}.run", monkeypatch)

    return build


def is_complete(engine: Engine) -> None:
    assert look(engine.run_dir).complete
    for node, state in engine.world.nodes.items():
        expected = {f"/{stage}/{i}" for stage in ("prepare", "init", "network") for i in range(3)}
        assert set(state) == expected | {"/etc/hosts"}, node
    assert engine.world.objects == {"network"}


def is_untouched(engine: Engine) -> None:
    assert look(engine.run_dir).clean
    assert engine.world.nodes == World(len(engine.world.nodes)).nodes
    assert engine.world.finished == set(engine.world.nodes)


def test_install_then_rollback(make: Make) -> None:
    engine = make()
    assert engine.act(INSTALL) == "good"
    is_complete(engine)
    assert engine.act(ALL) == "good"
    is_untouched(engine)
    assert engine.act(INSTALL) == "good"
    is_complete(engine)


def test_every_transition_is_in_the_journal_in_order(make: Make) -> None:
    engine = make(nodes=1)
    engine.act(INSTALL)
    told = [(e.step, e.state) for e in read(engine.run_dir / "journal.jsonl") if isinstance(e, StepChanged)]
    steps = ["nodes/n1/prepare", "nodes/n1/init", "cluster/network"]
    assert told == [(step, state) for step in steps for state in ("running", "done")]


def boundaries(make: Make, *wishes: Wish) -> int:
    engine = make()
    for wish in wishes:
        engine.world.boundaries = 0
        engine.act(wish)
    return engine.world.boundaries


def test_killed_at_each_boundary_of_an_install_retry_completes_it(make: Make) -> None:
    for boundary in range(boundaries(make, INSTALL)):
        engine = make()
        assert engine.killed_at(INSTALL, boundary)
        begun = look(engine.run_dir).action is not None
        assert engine.act(RETRY if begun else INSTALL) == "good", boundary
        is_complete(engine)


def test_killed_at_each_boundary_of_an_install_rollback_leaves_nothing(make: Make) -> None:
    for boundary in range(boundaries(make, INSTALL)):
        engine = make()
        assert engine.killed_at(INSTALL, boundary)
        assert engine.act(ALL) == "good", boundary
        is_untouched(engine)


def test_killed_at_each_boundary_of_a_rollback_the_next_one_completes_it(make: Make) -> None:
    for boundary in range(boundaries(make, INSTALL, ALL)):
        engine = make()
        engine.act(INSTALL)
        assert engine.killed_at(ALL, boundary)
        assert engine.act(ALL) == "good", boundary
        is_untouched(engine)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["retry", "rollback", "all"]), st.integers(0, 60)), max_size=5))
def test_killed_anywhere_any_number_of_times(make: Make, lives: list[tuple[str, int]]) -> None:
    engine = make()
    engine.act(INSTALL)
    for name, boundary in lives:
        try:
            engine.killed_at({"retry": RETRY, "rollback": ROLLBACK, "all": ALL}[name], boundary)
        except InvalidInput:
            assert name == "rollback"  # nothing is left to take back
    assert engine.act(RETRY) == "good"
    is_complete(engine)
    assert engine.act(ALL) == "good"
    is_untouched(engine)


def test_a_node_that_fails_does_not_stop_the_others(make: Make) -> None:
    engine = make()
    broken = {"n1"}
    engine.workflow[1] = FakeStage("init", engine.world, fails=lambda node: node in broken)
    assert engine.act(INSTALL) == "failed"
    view = look(engine.run_dir)
    assert {s.id: s.state for s in view.steps.values()} == {
        "nodes/n1/prepare": "done",
        "nodes/n2/prepare": "done",
        "nodes/n1/init": "failed",
        "nodes/n2/init": "done",
        "cluster/network": "waiting",
    }
    assert view.error and view.error.where == "n1"
    broken.clear()
    assert engine.act(RETRY) == "good"
    is_complete(engine)


def test_a_failed_proof_fails_the_step(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = make()

    def refuse(*_: object) -> None:
        raise SlipwayError(Text.same("it does not answer"), where="network")

    with monkeypatch.context() as patch:
        patch.setattr(engine.workflow[2], "verify", refuse)
        assert engine.act(INSTALL) == "failed"
    assert look(engine.run_dir).steps["cluster/network"].state == "failed"
    assert engine.act(RETRY) == "good"
    is_complete(engine)


def test_a_fault_of_a_stage_ends_the_run_and_can_be_taken_back(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = make()
    monkeypatch.setattr(engine.workflow[1], "run", lambda ctx, steps: 1 / 0)
    assert engine.act(INSTALL) == "failed"
    assert engine.act(ALL) == "good"
    is_untouched(engine)


def test_rollback_takes_the_last_stage_then_the_one_before(make: Make) -> None:
    engine = make()
    engine.act(INSTALL)
    assert engine.act(ROLLBACK) == "good"
    assert engine.world.objects == set()
    states = {s.id: s.state for s in look(engine.run_dir).steps.values()}
    assert states["cluster/network"] == "undone"
    assert states["nodes/n1/init"] == states["nodes/n2/init"] == "done"
    engine.act(ROLLBACK)
    assert look(engine.run_dir).steps["nodes/n2/init"].state == "undone"
    assert not engine.world.finished
    assert engine.act(RETRY) == "good"
    is_complete(engine)


def test_rollback_to_a_stage_keeps_that_stage(make: Make) -> None:
    engine = make()
    engine.act(INSTALL)
    assert engine.act(Wish(action="rollback", to="prepare")) == "good"
    assert {s.id for s in look(engine.run_dir).steps.values() if s.state == "done"} == {
        "nodes/n1/prepare",
        "nodes/n2/prepare",
    }


def test_rollback_to_an_unknown_stage_names_those_there_are(make: Make) -> None:
    engine = make()
    engine.act(INSTALL)
    with pytest.raises(InvalidInput) as caught:
        engine.act(Wish(action="rollback", to="nothing"))
    assert "prepare, init, network" in str(caught.value)


def test_an_unreachable_node_is_reported_and_undone_later(make: Make) -> None:
    engine = make()
    engine.act(INSTALL)
    engine.world.unreachable = {"n2"}
    assert engine.act(ALL) == "residue"
    assert engine.world.nodes["n1"] == {"/etc/hosts": "theirs"}
    assert any("n2" in n.text.en for n in read(engine.run_dir / "journal.jsonl") if isinstance(n, Notice))
    engine.world.unreachable = set()
    assert engine.act(ALL) == "good"
    is_untouched(engine)


def test_what_could_not_be_put_back_is_tried_again(make: Make) -> None:
    engine = make()
    engine.act(INSTALL)
    engine.world.stuck = {"/prepare/1"}
    assert engine.act(ALL) == "residue"
    assert engine.world.nodes["n1"] == {"/etc/hosts": "theirs", "/prepare/1": "ours"}
    engine.world.stuck = set()
    assert engine.act(ALL) == "good"
    is_untouched(engine)


def test_rollback_of_everything_needs_no_api_server(make: Make) -> None:
    engine = make()
    engine.act(INSTALL)
    engine.world.api_alive = False
    assert engine.act(ALL) == "good"
    is_untouched(engine)


def test_rollback_of_a_cluster_stage_says_that_the_api_server_is_dead(make: Make) -> None:
    engine = make()
    engine.act(INSTALL)
    engine.world.api_alive = False
    assert engine.act(ROLLBACK) == "residue"
    step = look(engine.run_dir).steps["cluster/network"]
    assert step.state == "failed" and step.error and "API server" in step.error.what.en


def test_a_foreign_change_is_told_and_left_alone(make: Make) -> None:
    engine = make()
    engine.act(INSTALL)
    engine.world.nodes["n1"]["/home/theirs"] = "new"
    assert engine.act(ALL) == "residue"  # the proof tells the difference
    assert engine.world.nodes["n1"] == {"/etc/hosts": "theirs", "/home/theirs": "new"}
    notices = [n.text.en for n in read(engine.run_dir / "journal.jsonl") if isinstance(n, Notice)]
    assert any("not ours" in text and "/home/theirs" in text for text in notices)
    assert any("differs" in text and "/home/theirs" in text for text in notices)


def test_an_aborted_install_takes_the_current_stage_back(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = make()
    stage = engine.workflow[1]
    work = stage.run

    def stopped(ctx, steps):  # type: ignore[no-untyped-def]
        work(ctx, steps)
        ctx.stop.set()
        return {}

    with monkeypatch.context() as patch:
        patch.setattr(stage, "run", stopped)
        assert engine.act(INSTALL) == "interrupted"
    states = {s.id: s.state for s in look(engine.run_dir).steps.values()}
    assert states["nodes/n1/init"] == states["nodes/n2/init"] == "undone"
    assert states["nodes/n1/prepare"] == "done" and states["cluster/network"] == "waiting"
    assert engine.act(RETRY) == "good"
    is_complete(engine)


def test_an_abort_before_the_first_stage_changes_nothing(make: Make) -> None:
    engine = make()
    assert engine.act(INSTALL, abort=True) == "interrupted"
    assert engine.world.nodes == World().nodes


def test_install_refuses_a_site_that_is_begun(make: Make) -> None:
    engine = make()
    engine.act(INSTALL)
    with pytest.raises(InvalidInput):
        engine.act(INSTALL)


def test_retry_and_rollback_refuse_a_site_that_is_not(make: Make) -> None:
    engine = make()
    for wish in (RETRY, ROLLBACK):
        with pytest.raises(InvalidInput):
            engine.act(wish)
    assert not read(engine.run_dir / "journal.jsonl")


def test_nothing_begins_while_a_node_is_unreachable(make: Make) -> None:
    engine = make()
    engine.world.unreachable = {"n2"}
    assert engine.act(INSTALL) == "failed"
    assert engine.world.nodes == World().nodes
    events = read(engine.run_dir / "journal.jsonl")
    assert [type(event) for event in events] == [RunStarted, RunEnded]


def test_receipts_hold_before_and_after_of_each_step(make: Make) -> None:
    engine = make(nodes=1)
    engine.act(INSTALL)
    folder = engine.run_dir / "receipts/nodes__n1__init"
    assert sorted(path.name for path in folder.iterdir()) == ["n1.after.json.gz", "n1.before.json.gz", "step.json"]


def test_many_foreign_changes_are_told_by_their_number(make: Make) -> None:
    engine = make(nodes=1)
    engine.act(INSTALL)
    engine.world.nodes["n1"] |= {f"/home/theirs/{i:03}": "new" for i in range(70)}
    engine.act(ROLLBACK)
    told = [
        n.text.en for n in read(engine.run_dir / "journal.jsonl") if isinstance(n, Notice) and "not ours" in n.text.en
    ]
    assert len(told) == 21 and "50 more" in told[-1]
    assert (engine.run_dir / "logs/undo.log").read_text().count("/home/theirs/") == 70
