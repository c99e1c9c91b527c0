"""The decision: examples of each rule, and properties that hold for every state."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlplatform.scheduler.decide import PATIENCE, decide, place
from mlplatform.scheduler.state import Amount, Node, Pending, Running, Start, State, Wait

NOW = 1_000_000.0


def node(name: str = "n1", cpu: int = 4000, gpu: int = 0, model: str = "") -> Node:
    return Node(name=name, total=Amount(cpu=cpu, memory=8 << 30, gpu=gpu), gpu_model=model)


def item(id_: str, cpu: int = 1000, **more: object) -> Pending:
    gpu = more.pop("gpu", 0)
    values = {"queue": "task", "priority": 0, "since": NOW - 1, "name": id_} | more
    return Pending.model_validate({"id": id_, "each": Amount(cpu=cpu, memory=1 << 20, gpu=gpu), **values})  # type: ignore[arg-type]


def run(nodes: list[Node], pending: list[Pending], running: list[Running] | None = None) -> dict[str, str]:
    """Each item's decision: `start`, or the code of the reason to wait."""
    state = State(nodes=tuple(nodes), running=tuple(running or []), pending=tuple(pending))
    return {d.id: "start" if isinstance(d, Start) else d.reason.code for d in decide(state, NOW)}


def test_higher_priority_goes_first_then_first_come() -> None:
    waiting = [item("late", 4000), item("early", 4000, since=NOW - 9), item("urgent", 4000, priority=5)]
    assert run([node()], waiting) == {"urgent": "start", "early": "capacity", "late": "capacity"}


def test_services_go_before_tasks() -> None:
    assert run([node()], [item("t", 4000, priority=9), item("s", 4000, queue="service")]) == {
        "s": "start",
        "t": "capacity",
    }


def test_a_gang_starts_whole_or_not_at_all() -> None:
    nodes = [node("n1", 2000), node("n2", 2000)]
    assert run(nodes, [item("fits", 1000, replicas=4)]) == {"fits": "start"}
    busy = [Running(id="r", name="r", each=Amount(cpu=500, memory=1), placement=("n1",))]
    assert run(nodes, [item("gang", 1000, replicas=4)], busy) == {"gang": "capacity"}


def test_what_can_never_fit_says_so_and_holds_up_nobody() -> None:
    waiting = [item("huge", 5000, since=NOW - PATIENCE * 9), item("small", 1000)]
    assert run([node()], waiting) == {"huge": "too_big", "small": "start"}


def test_small_work_overtakes_until_patience_ends() -> None:
    busy = [Running(id="r", name="r", each=Amount(cpu=2000, memory=1), placement=("n1",))]
    for waited, small in ((PATIENCE - 1, "start"), (PATIENCE, "behind")):
        waiting = [item("large", 4000, since=NOW - waited), item("small", 1000)]
        assert run([node()], waiting, busy) == {"large": "capacity", "small": small}


def test_gpus_of_a_gang_are_of_one_model() -> None:
    nodes = [node("a", gpu=1, model="A100"), node("b", gpu=1, model="H200"), node("c", gpu=1, model="H200")]
    gang = item("g", gpu=1, replicas=2)
    assert place(gang, nodes, {n.name: n.total for n in nodes}) == ["b", "c"]
    assert run(nodes, [item("g", gpu=1, replicas=2, gpu_models=("A100",))]) == {"g": "too_big"}
    assert run(nodes, [item("g", gpu=1, gpu_models=("A100", "H200"))]) == {"g": "start"}


def test_no_node() -> None:
    assert run([], [item("t")]) == {"t": "no_nodes"}


def test_a_reason_names_what_is_missing_and_what_frees_it() -> None:
    busy = [Running(id="r", name="nightly {x}", each=Amount(cpu=3000, memory=1), placement=("n1",))]
    state = State(nodes=(node(),), running=tuple(busy), pending=(item("t", 2000, replicas=2),))
    (wait,) = decide(state, NOW)
    assert isinstance(wait, Wait)
    for text in (wait.reason.text.en, wait.reason.text.zh):
        assert "2 × [2 CPU, 1 MiB]" in text and "n1: 1 CPU" in text and "nightly {x}" in text


amounts = st.builds(Amount, cpu=st.integers(1, 4000), memory=st.integers(1, 1 << 33), gpu=st.integers(0, 2))
nodes_ = st.lists(
    st.builds(
        Node,
        name=st.sampled_from(["a", "b", "c", "d"]),
        total=st.builds(Amount, cpu=st.integers(0, 8000), memory=st.integers(0, 1 << 34), gpu=st.integers(0, 4)),
        gpu_model=st.sampled_from(["", "A", "B"]),
    ),
    max_size=4,
    unique_by=lambda n: n.name,
)
pending_ = st.lists(
    st.builds(
        Pending,
        id=st.text("abcdef", min_size=1, max_size=4),
        name=st.text(max_size=5),
        queue=st.sampled_from(["task", "service"]),
        priority=st.integers(-2, 2),
        since=st.floats(NOW - 2 * PATIENCE, NOW),
        each=amounts,
        replicas=st.integers(1, 3),
        gpu_models=st.sampled_from([(), ("A",), ("B", "A")]),
    ),
    max_size=8,
    unique_by=lambda p: p.id,
)
running_ = st.lists(
    st.builds(
        Running,
        id=st.text("xyz", min_size=1),
        name=st.text(max_size=5),
        each=st.builds(Amount, cpu=st.integers(1, 500), memory=st.integers(1, 1 << 28), gpu=st.just(0)),
        placement=st.lists(st.sampled_from(["a", "b", "gone"]), min_size=1, max_size=3).map(tuple),
    ),
    max_size=4,
)
states = st.builds(State, nodes=nodes_.map(tuple), running=running_.map(tuple), pending=pending_.map(tuple))


@given(states)
def test_every_item_gets_one_decision_and_every_wait_a_reason(state: State) -> None:
    decisions = decide(state, NOW)
    assert Counter(d.id for d in decisions) == Counter(p.id for p in state.pending)
    for decision in decisions:
        if isinstance(decision, Wait):
            assert decision.reason.text.en and decision.reason.text.zh


@given(states)
def test_what_starts_fits(state: State) -> None:
    """No node is given more than it has left, gangs are whole, and GPUs of a gang are of one allowed model."""
    by_id = {p.id: p for p in state.pending}
    total = {n.name: n.total for n in state.nodes}
    model = {n.name: n.gpu_model for n in state.nodes}
    used = {name: Amount(cpu=0, memory=0) for name in total}
    for running in state.running:
        for name in set(running.placement) & total.keys():
            for _ in range(running.placement.count(name)):
                used[name] = _plus(used[name], running.each)
    for decision in decide(state, NOW):
        if not isinstance(decision, Start):
            continue
        wanted = by_id[decision.id]
        assert len(decision.placement) == wanted.replicas
        for name in decision.placement:
            used[name] = _plus(used[name], wanted.each)
            assert total[name].holds(used[name])
        if wanted.each.gpu:
            models = {model[name] for name in decision.placement}
            assert len(models) == 1 and models != {""}
            assert not wanted.gpu_models or models <= set(wanted.gpu_models)


@given(states, st.randoms())
def test_the_order_of_the_lists_does_not_matter_and_a_state_replays(state: State, random: object) -> None:
    parts = {name: list(getattr(state, name)) for name in ("nodes", "pending")}
    for part in parts.values():
        random.shuffle(part)  # type: ignore[attr-defined]
    shuffled = State(running=state.running, **{k: tuple(v) for k, v in parts.items()})
    replayed = State.model_validate_json(state.model_dump_json())
    assert decide(state, NOW) == decide(shuffled, NOW) == decide(replayed, NOW)


@given(states)
def test_nobody_starts_past_one_who_lost_patience(state: State) -> None:
    """After a wait for capacity that lasted too long, nothing behind it starts."""
    since = {p.id: p.since for p in state.pending}
    kept = False
    for decision in decide(state, NOW):
        assert not (kept and isinstance(decision, Start))
        if isinstance(decision, Wait) and decision.reason.code == "capacity" and NOW - since[decision.id] >= PATIENCE:
            kept = True


def _plus(one: Amount, other: Amount) -> Amount:
    return Amount(cpu=one.cpu + other.cpu, memory=one.memory + other.memory, gpu=one.gpu + other.gpu)


@pytest.mark.parametrize("count", [2000])
def test_large_queues_are_decided_in_time(count: int) -> None:
    """Two thousand waiting on fifty nodes: well within a tick, with room for a busy machine."""
    import time

    nodes = [node(f"n{i}") for i in range(50)]
    waiting = [item(f"t{i:05}", 1000, since=NOW - i) for i in range(count)]
    began = time.process_time()
    decided = run(nodes, waiting)
    assert time.process_time() - began < 5
    assert Counter(decided.values())["start"] == 200
