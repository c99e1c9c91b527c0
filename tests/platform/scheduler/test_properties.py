"""What holds for every state: the promises of docs/platform.md."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlplatform.scheduler import trace
from mlplatform.scheduler.decide import ESTIMATE, decide
from mlplatform.scheduler.order import AGING, GAP
from mlplatform.scheduler.quotas import Quotas
from mlplatform.scheduler.reasons import tell
from mlplatform.scheduler.state import NOTHING, Amount, Node, Pending, Preempt, Start, State, Tenant, Wait
from mlplatform.scheduler.whatif import Change, outcome, what_if

from tests.platform.scheduler.states import NOW, Simulation, started, states


@given(states)
def test_every_item_starts_or_is_told_why_not(state: State) -> None:
    decisions = decide(state, NOW)
    assert Counter(d.id for d in decisions if not isinstance(d, Preempt)) == Counter(p.id for p in state.pending)
    items = {p.id: p for p in state.pending}
    places: dict[str, list[int]] = {"task": [], "service": []}
    for decision in decisions:
        if isinstance(decision, Wait):
            places[decision.queue].append(decision.why.position)
            words = tell(decision.why, items[decision.id], state, NOW)
            assert words.en and words.zh
            assert decision.why.expected is None or decision.why.expected >= NOW
            assert not decision.why.ahead or decision.why.ahead in items
    for queue in places.values():
        assert queue == list(range(1, len(queue) + 1))


@given(states)
def test_what_starts_fits(state: State) -> None:
    """No node is given more than it has left, gangs are whole, and GPUs of a gang are of one allowed model."""
    by_id = {p.id: p for p in state.pending}
    nodes = {n.name: n for n in state.nodes}
    used = dict.fromkeys(nodes, NOTHING)
    for work in state.running:
        for name in work.placement:
            if name in used:
                used[name] = used[name].plus(work.each)
    for decision in decide(state, NOW):
        if not isinstance(decision, Start):
            continue
        wanted = by_id[decision.id]
        assert not wanted.paused and wanted.queue not in state.paused
        assert len(decision.placement) == wanted.replicas
        for name in decision.placement:
            used[name] = used[name].plus(wanted.each)
            assert nodes[name].total.holds(used[name])
        if wanted.each.gpu:
            models = {nodes[name].gpu_model for name in decision.placement}
            assert len(models) == 1 and models != {""}
            assert not wanted.gpu_models or models <= set(wanted.gpu_models)


@given(states)
def test_no_start_passes_a_quota_or_a_borrowing_limit(state: State) -> None:
    tenants = {t.name: t for t in state.tenants}
    used = dict.fromkeys(tenants, NOTHING)
    for work in state.running:
        if work.tenant in used:
            used[work.tenant] = used[work.tenant].plus(work.each.times(len(work.placement)))
    by_id = {p.id: p for p in state.pending}
    for decision in decide(state, NOW):
        if isinstance(decision, Start) and (item := by_id[decision.id]).tenant in tenants:
            tenant, need = tenants[item.tenant], item.each.times(item.replicas)
            used[item.tenant] = used[item.tenant].plus(need)
            limit = tenant.quota.plus(tenant.borrowing) if tenant.cohort else tenant.quota
            assert all(u <= most for u, most, n in zip(used[item.tenant], limit, need, strict=True) if n)
            mates = [t for t in tenants.values() if tenant.cohort and t.cohort == tenant.cohort]
            for part, wanted in enumerate(need):
                if mates and wanted:
                    assert sum(used[t.name][part] for t in mates) <= sum(t.quota[part] for t in mates)


@given(states)
def test_only_tasks_that_may_be_are_preempted_and_for_someone_who_waits(state: State) -> None:
    running, pending = {w.id: w for w in state.running}, {p.id: p for p in state.pending}
    tenants, quotas = {t.name: t for t in state.tenants}, Quotas(state.tenants, state.running)
    decisions = decide(state, NOW)
    stopped = [d for d in decisions if isinstance(d, Preempt)]
    assert len({d.id for d in stopped}) == len(stopped)
    for decision in stopped:
        work, claimant = running[decision.id], pending[decision.claimant]
        assert work.queue == "task" and not work.ending
        assert any(isinstance(d, Wait) and d.id == claimant.id for d in decisions)
        if work.tenant == claimant.tenant:
            assert work.priority + GAP <= claimant.priority
        else:
            assert tenants[work.tenant].cohort == tenants[claimant.tenant].cohort != ""
            assert quotas.borrows(work.tenant)


@given(states, st.randoms())
def test_the_order_of_the_lists_does_not_matter_and_a_trace_replays(state: State, random: Any) -> None:
    parts = {name: list(getattr(state, name)) for name in ("nodes", "pending", "running", "tenants")}
    for part in parts.values():
        random.shuffle(part)
    decisions = decide(state, NOW)
    assert decisions == decide(replace(state, **{k: tuple(v) for k, v in parts.items()}), NOW)
    assert list(trace.replay([trace.line(state, NOW, decisions)])) == [None]


@given(states)
def test_what_starts_beside_the_first_in_line_does_not_put_it_off(state: State) -> None:
    """When what is started runs as long as it said, and for ever when it did not say, the first in line starts as promised.

    What started before it was considered is in the promise, with the usual estimate when it did not say.
    """
    items = {p.id: p for p in state.pending}
    live = {w.id: w for w in state.running}
    first: Wait | None = None
    for decision in decide(state, NOW):
        if isinstance(decision, Wait) and decision.why.kept and decision.why.rule == "capacity":
            first = decision
        if isinstance(decision, Start):
            item = items[decision.id]
            if item.queue == "task" and item.duration is None and first is None:
                item = replace(item, duration=ESTIMATE)
            live[item.id] = started(item, decision.placement, NOW)
    if first is None:
        return
    after = replace(state, running=tuple(live.values()), pending=(items[first.id],))
    found = outcome(after, first.id, NOW)
    assert isinstance(found, Wait) and found.why.expected is not None and first.why.expected is not None
    assert found.why.expected <= first.why.expected


@given(states)
def test_asking_for_nothing_else_changes_nothing(state: State) -> None:
    for item in state.pending:
        assert what_if(state, item.id, Change(), NOW) == outcome(state, item.id, NOW)
        slight = Change(each=Amount(0, 0, 0), replicas=1, gpu_models=())
        assert not isinstance(found := what_if(state, item.id, slight, NOW), Wait) or found.why.rule != "over_quota"


LONGEST = 100
"""Seconds that the longest work of the simulations below runs."""
BIG = 4


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(1, BIG), st.integers(1, LONGEST), st.integers(0, 600)),
        max_size=40,
    ),
    st.integers(0, 600),
)
def test_nobody_starves(stream: list[tuple[str, int, int, int]], arrives: int) -> None:
    """The bound of docs/platform.md: the first of its tenant that fits into the tenant's quota starts within (tenants + 1) times the
    longest run, whatever the others submit. The one looked at asks for the whole cluster."""
    tenants = 3
    arrivals = [
        Pending(
            id=f"{number:03}",
            name="",
            queue="task",
            priority=0,
            since=NOW + at,
            each=Amount(1000, 1),
            replicas=replicas,
            tenant=tenant,
            duration=seconds,
        )
        for number, (tenant, replicas, seconds, at) in enumerate(stream)
        if tenant != "a" or at > arrives  # nobody of its own tenant before it
    ]
    whale = replace(_whale, since=NOW + arrives)
    nodes = (Node(name="n", total=Amount(BIG * 1000, 1 << 40)),)
    simulation = Simulation(nodes, tuple(Tenant(name=name) for name in "abc"))
    starts = simulation.starts([*arrivals, whale])
    assert starts["whale"] - whale.since <= (tenants + 1) * LONGEST
    assert starts.keys() == {item.id for item in arrivals} | {"whale"}


_whale = Pending(
    id="whale",
    name="",
    queue="task",
    priority=0,
    since=NOW,
    each=Amount(1000, 1),
    replicas=BIG,
    tenant="a",
    duration=LONGEST,
)


@given(st.integers(-40, 0), st.integers(1, GAP - 1))
def test_within_a_tenant_newer_work_passes_only_while_young(priority: int, above: int) -> None:
    """The other half of the bound: work that is less than GAP more important passes what has waited AGING a step no more."""
    old = replace(_whale, priority=priority, since=NOW - AGING * above)
    new = replace(_whale, id="new", priority=priority + above)
    (first, _) = decide(State(nodes=(Node(name="n", total=Amount(4000, 9)),), running=(), pending=(old, new)), NOW)
    assert first.id == "whale"


def test_a_trace_tells_where_it_differs_and_what_is_wrong_with_a_line() -> None:
    state = State(nodes=(Node(name="n", total=Amount(4000, 9)),), running=(), pending=(_whale,))
    good = trace.line(state, NOW, decide(state, NOW))
    changed = good.replace(b'"placement":["n"', b'"placement":["m"')
    found = list(trace.replay([good, changed]))
    assert found[0] is None and found[1] is not None and found[1].line == 2
    with pytest.raises(trace.InvalidTrace, match=r"2: "):
        list(trace.replay([good, b'{"now": 1}']))
