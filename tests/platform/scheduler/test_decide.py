"""The decision: examples of each rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mlplatform.scheduler import reasons
from mlplatform.scheduler.decide import decide, promised
from mlplatform.scheduler.order import AGING, GAP
from mlplatform.scheduler.reservation import GRACE
from mlplatform.scheduler.state import (
    Amount,
    Explanation,
    Node,
    Pending,
    Preempt,
    Running,
    Start,
    State,
    Tenant,
    Wait,
)

NOW = 1_000_000.0


def node(name: str = "n1", cpu: int = 4000, gpu: int = 0, model: str = "") -> Node:
    return Node(name=name, total=Amount(cpu=cpu, memory=8 << 30, gpu=gpu), gpu_model=model)


def item(id_: str, cpu: int = 1000, gpu: int = 0, **more: Any) -> Pending:
    values = {"queue": "task", "priority": 0, "since": NOW - 1, "name": id_} | more
    return Pending(id=id_, each=Amount(cpu=cpu, memory=1 << 20, gpu=gpu), **values)


def busy(id_: str, cpu: int = 1000, ends: float | None = 100, **more: Any) -> Running:
    """`ends`: seconds from now."""
    values = {"name": id_, "placement": ("n1",), "started": NOW - 50} | more
    return Running(id=id_, each=Amount(cpu=cpu, memory=1 << 20), ends=None if ends is None else NOW + ends, **values)


def look(nodes: list[Node], pending: list[Pending], running: list[Running] | None = None, *tenants: Tenant) -> State:
    return State(nodes=tuple(nodes), running=tuple(running or []), pending=tuple(pending), tenants=tenants)


def run(state: State) -> dict[str, str]:
    """Each item's decision: `start`, `preempt`, or the rule that holds it."""
    names = {Start: lambda d: "start", Preempt: lambda d: "preempt", Wait: lambda d: d.why.rule}
    return {d.id: names[type(d)](d) for d in decide(state, NOW)}


def why(state: State, id_: str) -> Explanation:
    (found,) = (d.why for d in decide(state, NOW) if isinstance(d, Wait) and d.id == id_)
    return found


def test_higher_priority_goes_first_then_first_come() -> None:
    waiting = [item("late", 4000), item("early", 4000, since=NOW - 9), item("urgent", 4000, priority=5)]
    assert run(look([node()], waiting)) == {"urgent": "start", "early": "capacity", "late": "capacity"}


def test_age_counts_as_priority_but_never_passes_what_may_preempt() -> None:
    old = item("old", 4000, since=NOW - 6 * AGING)
    assert run(look([node()], [old, item("new", 4000, priority=5)]))["old"] == "start"
    ancient = item("ancient", 4000, since=0.0)
    assert run(look([node()], [ancient, item("new", 4000, priority=GAP)]))["new"] == "start"


def test_what_is_paused_keeps_its_place_and_holds_up_nobody() -> None:
    state = look([node()], [item("held", 4000, since=NOW - 9, paused=True), item("next", 4000)])
    assert run(state) == {"held": "paused", "next": "start"} and why(state, "held").position == 1
    assert run(replace(state, paused=("task",))) == {"held": "queue_paused", "next": "queue_paused"}
    assert run(replace(state, paused=("service",)))["next"] == "start"


def test_services_go_before_tasks() -> None:
    found = run(look([node()], [item("t", 4000, priority=9), item("s", 4000, queue="service")]))
    assert found["s"] == "start" and found["t"] == "capacity"


def test_a_gang_starts_whole_or_not_at_all() -> None:
    nodes = [node("n1", 2000), node("n2", 2000)]
    assert run(look(nodes, [item("fits", replicas=4)])) == {"fits": "start"}
    assert run(look(nodes, [item("gang", replicas=4)], [busy("r", 500)])) == {"gang": "capacity"}


def test_what_can_never_fit_says_so_and_holds_up_nobody() -> None:
    poor = Tenant(name="poor", quota=Amount(500, 1 << 30))
    waiting = [item("huge", 5000, since=0.0), item("dear", 1000, since=0.0, tenant="poor"), item("small")]
    assert run(look([node()], waiting, None, poor)) == {"huge": "too_big", "dear": "over_quota", "small": "start"}


def test_gpus_of_a_gang_are_of_one_model() -> None:
    nodes = [node("a", gpu=1, model="A100"), node("b", gpu=1, model="H200"), node("c", gpu=1, model="H200")]
    (start,) = decide(look(nodes, [item("g", gpu=1, replicas=2)]), NOW)
    assert isinstance(start, Start) and start.placement == ("b", "c")
    assert run(look(nodes, [item("g", gpu=1, replicas=2, gpu_models=("A100",))])) == {"g": "too_big"}
    assert run(look(nodes, [item("g", gpu=1, gpu_models=("A100", "H200"))])) == {"g": "start"}


def test_no_node() -> None:
    assert run(look([], [item("t")])) == {"t": "no_nodes"}


def test_small_work_passes_large_only_where_it_does_not_put_it_off() -> None:
    state = look(
        [node(), node("n2", 1000)],
        [
            item("large", 4000, since=NOW - 9),
            item("short", duration=99.0),
            item("long", duration=101.0),
            item("unknown"),
            item("beside", 300),
            item("too", 200),
        ],
        [busy("r", 2000, ends=100), busy("other", 500, placement=("n2",), ends=None)],
    )
    found = run(state)
    assert found == {
        "large": "capacity",
        "short": "start",
        "long": "behind",
        "unknown": "behind",
        "beside": "start",  # on the node that the large one cannot use
        "too": "start",
    }


def test_the_first_in_line_knows_what_frees_it_and_when() -> None:
    running = [busy("soon", 1000, ends=60), busy("late", 2000, ends=300), busy("elsewhere", placement=("n2",), ends=30)]
    state = look(
        [node(), node("n2", 1000)], [item("t", 2000, since=NOW - 9), item("next", 2000, duration=40.0)], running
    )
    first, second = why(state, "t"), why(state, "next")
    assert (first.rule, first.position, first.expected) == ("capacity", 1, NOW + 60)
    assert [r.id for r in first.frees] == ["soon"]
    assert (second.position, second.ahead) == (2, "t")
    assert second.expected is not None and second.expected > first.expected
    words = reasons.tell(first, state.pending[0], state, NOW)
    for text in (words.en, words.zh):
        assert "2 CPU, 1 MiB" in text and "soon" in text and "60 s" in text


def test_what_services_hold_is_not_promised() -> None:
    state = look([node()], [item("t", 4000), item("small", 1000)], [busy("s", 1000, ends=None, queue="service")])
    assert run(state) == {"t": "capacity", "small": "start"}
    assert why(state, "t").expected is None
    assert "cannot be told" in reasons.tell(why(state, "t"), state.pending[0], state, NOW).en


def test_work_over_its_time_is_expected_to_go_on_as_long_again() -> None:
    assert why(look([node()], [item("t", 4000)], [busy("r", ends=-50)]), "t").expected == NOW + 50


CPU2 = Amount(2000, 1 << 40, 0)


def test_a_quota_holds_only_its_own_tenant() -> None:
    state = look(
        [node()],
        [item("a2", tenant="a", since=NOW - 9), item("b1", tenant="b")],
        [busy("a1", 2000, tenant="a", ends=70)],
        Tenant(name="a", quota=CPU2),
        Tenant(name="b", quota=CPU2),
    )
    assert run(state) == {"b1": "start", "a2": "quota"}
    assert why(state, "a2").expected == NOW + 70


def test_what_would_delay_its_tenant_s_own_first_is_promised_no_room_of_all() -> None:
    state = look(
        [node()],
        [
            item("a-large", 2000, tenant="a", since=NOW - 9),
            item("a-small", 500, tenant="a"),
            item("b1", 2000, tenant="b"),
        ],
        [busy("a1", 1000, tenant="a", ends=70)],
        Tenant(name="a", quota=CPU2),
        Tenant(name="b"),
    )
    assert run(state) == {"a-large": "quota", "a-small": "behind", "b1": "start"}
    assert why(state, "a-small").ahead == "a-large" and promised(decide(state, NOW)) == ""


def test_unused_quota_is_borrowed_up_to_the_limit_and_only_in_the_cohort() -> None:
    one = Amount(1000, 1 << 40, 0)
    waiting = [item(f"a{i}", tenant="a") for i in range(4)]
    alone = Tenant(name="a", quota=CPU2, borrowing=one)
    assert list(run(look([node()], waiting, None, alone)).values()).count("start") == 2
    tenants = (Tenant(name="a", quota=CPU2, borrowing=one, cohort="lab"), Tenant(name="b", quota=CPU2, cohort="lab"))
    assert list(run(look([node()], waiting, None, *tenants)).values()).count("start") == 3
    lender = busy("b1", 2000, tenant="b")
    assert list(run(look([node(cpu=9000)], waiting, [lender], *tenants)).values()).count("start") == 2


def test_the_tenant_with_the_smallest_share_goes_first() -> None:
    state = look(
        [node(cpu=3000)],
        [item("a1", tenant="a", since=NOW - 99), item("b1", tenant="b")],
        [busy("a0", 1000, tenant="a"), busy("b0", 1000, tenant="b")],
        Tenant(name="a"),
        Tenant(name="b", weight=2),
    )
    assert run(state) == {"b1": "start", "a1": "capacity"}


def test_a_shared_cluster_is_shared_alike_however_long_the_queue() -> None:
    waiting = [item(f"a{i}", tenant="a", since=NOW - 900) for i in range(50)] + [
        item(f"b{i}", tenant="b") for i in range(50)
    ]
    found = run(look([node(cpu=10_000)], waiting, None, Tenant(name="a"), Tenant(name="b")))
    started = [id_ for id_, what in found.items() if what == "start"]
    assert sorted(id_[0] for id_ in started) == ["a"] * 5 + ["b"] * 5


def test_much_higher_priority_preempts_the_least_important_and_the_youngest() -> None:
    running = [
        busy("old", 1000, started=NOW - 500, priority=-10),
        busy("young", 1000, started=NOW - 5, priority=-10),
        busy("near", 1000, priority=1),
        busy("service", 1000, priority=-99, queue="service", ends=None),
    ]
    state = look([node()], [item("urgent", priority=GAP)], running)
    decisions = decide(state, NOW)
    assert decisions[0] == Preempt(id="young", queue="task", claimant="urgent", grace=GRACE)
    assert run(state) == {"young": "preempt", "urgent": "stopping"}
    assert why(state, "urgent").expected == NOW + GRACE
    assert run(look([node()], [item("t", priority=GAP - 11)], running)) == {"t": "capacity"}


def test_nobody_is_stopped_twice_nor_for_nothing() -> None:
    on_its_way = [busy("going", 1000, ending=True, priority=-90), busy("other", 3000, priority=-90)]
    assert run(look([node()], [item("urgent", priority=9)], on_its_way)) == {"urgent": "stopping"}
    in_vain = [busy("low", 1000, priority=-90), busy("high", 3000)]
    assert run(look([node()], [item("urgent", 4000, priority=9)], in_vain)) == {"urgent": "capacity"}


def test_borrowed_quota_is_taken_back_by_its_owner() -> None:
    tenants = (
        Tenant(name="a", quota=CPU2, borrowing=CPU2, cohort="lab"),
        Tenant(name="b", quota=CPU2, borrowing=CPU2, cohort="lab"),
    )
    running = [busy(f"a{i}", 1000, tenant="a", started=NOW - 9 + i, priority=99) for i in range(4)]
    found = run(look([node()], [item("b1", tenant="b")], running, *tenants))
    assert found == {"a3": "preempt", "b1": "stopping"}
    beyond = run(look([node()], [item("b1", 3000, tenant="b")], running, *tenants))
    assert beyond == {"b1": "quota"}  # it would borrow itself


def test_a_promise_is_kept_until_something_much_more_important_comes() -> None:
    running = [busy("r", 2000)]
    waiting = [
        item("promised", 4000),
        item("older", 4000, since=NOW - 99),
        item("rich", 4000, tenant="b", since=NOW - 9),
    ]
    state = look([node()], waiting, running, Tenant(name="default"), Tenant(name="b"))
    assert promised(decide(replace(state, promised="promised"), NOW)) == "promised"
    assert promised(decide(state, NOW)) == "rich"  # nothing of its tenant runs
    urgent = replace(state, promised="promised", pending=(*state.pending, item("urgent", 4000, priority=GAP)))
    assert promised(decide(urgent, NOW)) == "rich"


def test_of_equal_shares_the_one_served_longest_ago_goes_next() -> None:
    waiting = [item("a1", 4000, tenant="a", since=NOW - 99), item("b1", 4000, tenant="b")]
    tenants = (Tenant(name="a", served=NOW - 5), Tenant(name="b", served=NOW - 50))
    assert run(look([node()], waiting, None, *tenants)) == {"b1": "start", "a1": "capacity"}
