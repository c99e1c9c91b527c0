"""Random states of queues and nodes, and a cluster that is simulated without waiting."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from mlplatform.scheduler.decide import decide, promised
from mlplatform.scheduler.state import EVERYTHING, Amount, Node, Pending, Preempt, Running, Start, State, Tenant

NOW = 1_000_000.0
TENANTS = ("a", "b", "c", "unknown")

amounts = st.builds(Amount, cpu=st.integers(1, 4000), memory=st.integers(1, 1 << 33), gpu=st.integers(0, 2))
quotas = st.one_of(
    st.just(EVERYTHING),
    st.builds(Amount, cpu=st.integers(0, 9000), memory=st.integers(0, 1 << 35), gpu=st.integers(0, 4)),
)
nodes = st.lists(
    st.builds(
        Node,
        name=st.sampled_from(["n1", "n2", "n3", "n4"]),
        total=st.builds(Amount, cpu=st.integers(0, 8000), memory=st.integers(0, 1 << 34), gpu=st.integers(0, 4)),
        gpu_model=st.sampled_from(["", "A", "B"]),
    ),
    max_size=4,
    unique_by=lambda n: n.name,
)
pending = st.lists(
    st.builds(
        Pending,
        id=st.text("abcdef", min_size=1, max_size=4),
        name=st.text(max_size=5),
        queue=st.sampled_from(["task", "service"]),
        priority=st.integers(-100, 100),
        since=st.floats(NOW - 9000, NOW),
        each=amounts,
        replicas=st.integers(1, 3),
        gpu_models=st.sampled_from([(), ("A",), ("B", "A")]),
        tenant=st.sampled_from(TENANTS),
        duration=st.none() | st.floats(1, 9000),
        paused=st.sampled_from([False, False, False, True]),
    ),
    max_size=8,
    unique_by=lambda p: p.id,
)
running = st.lists(
    st.builds(
        Running,
        id=st.text("uvwxyz", min_size=1),
        name=st.text(max_size=5),
        each=st.builds(Amount, cpu=st.integers(1, 3000), memory=st.integers(1, 1 << 32), gpu=st.integers(0, 1)),
        placement=st.lists(st.sampled_from(["n1", "n2", "n3", "gone"]), min_size=1, max_size=3).map(tuple),
        tenant=st.sampled_from(TENANTS),
        queue=st.sampled_from(["task", "task", "service"]),
        priority=st.integers(-100, 100),
        started=st.floats(NOW - 9000, NOW),
        ends=st.none() | st.floats(NOW - 9000, NOW + 9000),
        ending=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda r: r.id,
)
tenants = st.tuples(
    *(
        st.builds(
            Tenant,
            name=st.just(name),
            quota=quotas,
            borrowing=quotas,
            cohort=st.sampled_from(["", "lab"]),
            weight=st.sampled_from([0.5, 1, 3]),
            served=st.sampled_from([0.0, NOW - 9, NOW]),
        )
        for name in ("a", "b", "c")
    )
)
states = st.builds(
    State,
    nodes=nodes.map(tuple),
    running=running.map(tuple),
    pending=pending.map(tuple),
    tenants=tenants,
    promised=st.text("abcdef", max_size=2),
    paused=st.sampled_from([(), (), (), ("task",)]),
)


def started(item: Pending, placement: tuple[str, ...], now: float) -> Running:
    """The item as running work."""
    return Running(
        id=item.id,
        name=item.name,
        each=item.each,
        placement=placement,
        tenant=item.tenant,
        queue=item.queue,
        priority=item.priority,
        started=now,
        ends=None if item.duration is None else now + item.duration,
    )


@dataclass
class Simulation:
    """Runs the decisions on simulated time: what starts ends after exactly its duration; decides at each arrival and each end."""

    nodes: tuple[Node, ...]
    tenants: tuple[Tenant, ...] = ()

    def starts(self, arrivals: Iterable[Pending]) -> dict[str, float]:
        """When each item started last."""
        coming = sorted(arrivals, key=lambda item: (item.since, item.id), reverse=True)
        waiting: dict[str, Pending] = {}
        live: dict[str, tuple[Pending, Running]] = {}
        times = [item.since for item in coming]
        heapq.heapify(times)
        tenants, first = {tenant.name: tenant for tenant in self.tenants}, ""
        found: dict[str, float] = {}
        while times:
            now = heapq.heappop(times)
            while times and times[0] == now:
                heapq.heappop(times)
            live = {id_: (item, work) for id_, (item, work) in live.items() if work.ends is None or work.ends > now}
            while coming and coming[-1].since <= now:
                item = coming.pop()
                waiting[item.id] = item
            state = State(
                nodes=self.nodes,
                tenants=tuple(tenants.values()),
                promised=first,
                running=tuple(work for _, work in live.values()),
                pending=tuple(waiting.values()),
            )
            decisions = decide(state, now)
            first = promised(decisions)
            for decision in decisions:
                if isinstance(decision, Start):
                    item = waiting.pop(decision.id)
                    if item.tenant in tenants:
                        tenants[item.tenant] = replace(tenants[item.tenant], served=now)
                    work = started(item, decision.placement, now)
                    live[item.id], found[item.id] = (item, work), now
                    if work.ends is not None:
                        heapq.heappush(times, work.ends)
                elif isinstance(decision, Preempt):
                    item, work = live[decision.id]
                    live[decision.id] = item, replace(work, ending=True)
        return found
