"""How fast the scheduler's pure decision is: `python -m tests.bench.scheduler_core`. docs/performance.md keeps the figures.

1. 50,000 items wait in 30 queues on a cluster of 200 nodes: one decision over all of them, whose every item gets a start or an explanation.
2. Kueue's baseline load (its test/performance/scheduler/configs/baseline: 5 cohorts of 6 queues, nominal quota 20, borrowing limit 100;
   350 small, 100 medium and 50 large workloads a queue), run times simulated, on simulated time: how long the load takes beside the
   ideal of quotas that are never idle, and how many workloads a second of processor time are admitted, with a decision each 0.1 s.
"""

from __future__ import annotations

import heapq
import random
import time
from collections import Counter
from dataclasses import replace

from mlplatform.scheduler.decide import decide, promised
from mlplatform.scheduler.state import Amount, Node, Pending, Preempt, Running, Start, State, Tenant

COUNT = 50_000
TICK = 0.1
"""Simulated seconds between two decisions on Kueue's load."""
UNIT = 1000
"""Kueue's load asks for whole units of one resource: cores here."""
CLASSES = {"small": (350, 1, 0.2, 0.1, 50), "medium": (100, 5, 0.5, 0.5, 100), "large": (50, 20, 1.0, 1.2, 200)}
"""By class: workloads a queue, units, seconds, seconds between two arrivals, priority (halved here: ours ends at 100)."""
IDEAL = 66.0
"""Seconds: 1,320 unit-seconds a queue, over its quota of 20."""


def main() -> None:
    deep()
    kueue()


def deep() -> None:
    """One decision over 50,000."""
    chance = random.Random(1)
    tenants = tuple(Tenant(name=f"t{i}", quota=Amount(400_000, 1 << 50, 100), cohort="all") for i in range(30))
    nodes = tuple(
        Node(name=f"n{i:03}", total=Amount(64_000, 512 << 30, 8), gpu_model=chance.choice(["A", "B"]))
        for i in range(200)
    )
    pending = tuple(
        Pending(
            id=f"i{i:05}",
            name="",
            queue="task",
            priority=chance.choice([0, 0, 0, 10, -10]),
            since=float(i) / 50,
            each=Amount(chance.choice([500, 1000, 4000]), chance.choice([1, 4, 16]) << 30, chance.choice([0, 0, 1, 4])),
            replicas=chance.choice([1, 1, 1, 2, 8]),
            tenant=f"t{chance.randrange(30)}",
            duration=chance.choice([None, 60.0, 600.0, 6000.0]),
        )
        for i in range(COUNT)
    )
    state = State(nodes=nodes, tenants=tenants, running=(), pending=pending)
    began = time.process_time()
    decisions = decide(state, 1000.0)
    took = time.process_time() - began
    kinds = Counter(type(d).__name__ for d in decisions)
    print(f"{COUNT} waiting: {took:.2f} s, {COUNT / took:,.0f} decisions a second ({dict(kinds)})", flush=True)


def kueue() -> None:
    """Kueue's baseline on simulated time."""
    tenants = {
        f"c{c}q{q}": Tenant(
            name=f"c{c}q{q}", quota=Amount(20 * UNIT, 1 << 40), borrowing=Amount(100 * UNIT, 1 << 40), cohort=f"c{c}"
        )
        for c in range(5)
        for q in range(6)
    }
    nodes = (Node(name="n", total=Amount(30 * 20 * UNIT, 1 << 50)),)
    arrivals = []
    for tenant in tenants:
        for name, (count, units, seconds, each, priority) in CLASSES.items():
            for i in range(count):
                arrivals.append(
                    Pending(
                        id=f"{tenant}-{name}-{i:03}",
                        name=name,
                        queue="task",
                        priority=priority // 2,
                        since=each * i,
                        each=Amount(units * UNIT, 1),
                        tenant=tenant,
                        duration=seconds,
                    )
                )
    arrivals.sort(key=lambda item: item.since, reverse=True)
    total = len(arrivals)
    waiting: dict[str, Pending] = {}
    live: dict[str, Running] = {}
    ends: list[tuple[float, str]] = []
    waits: dict[str, list[float]] = {name: [] for name in CLASSES}
    now, first, spent, stopped = 0.0, "", 0.0, 0
    while arrivals or waiting or live:
        while arrivals and arrivals[-1].since <= now:
            item = arrivals.pop()
            waiting[item.id] = item
        while ends and ends[0][0] <= now:
            live.pop(heapq.heappop(ends)[1], None)
        state = State(
            nodes=nodes,
            tenants=tuple(tenants.values()),
            running=tuple(live.values()),
            pending=tuple(waiting.values()),
            promised=first,
        )
        began = time.process_time()
        decisions = decide(state, now)
        spent += time.process_time() - began
        first = promised(decisions)
        for decision in decisions:
            if isinstance(decision, Start):
                item = waiting.pop(decision.id)
                assert item.duration is not None
                waits[item.name].append(now - item.since)
                heapq.heappush(ends, (now + item.duration, item.id))
                tenants[item.tenant] = replace(tenants[item.tenant], served=now)
                live[item.id] = Running(
                    id=item.id,
                    name=item.name,
                    each=item.each,
                    placement=decision.placement,
                    tenant=item.tenant,
                    priority=item.priority,
                    started=now,
                    ends=now + item.duration,
                )
            elif isinstance(decision, Preempt):
                stopped += 1
        now += TICK
    means = ", ".join(f"{name} {sum(w) / len(w):.1f} s" for name, w in waits.items())
    print(
        f"Kueue's baseline: {now:.1f} s of simulated time for {total} workloads ({now / IDEAL:.2f} x ideal), "
        f"{total / spent:,.0f} admissions a second of processor time ({spent:.1f} s); mean waits: {means}; {stopped} preemptions"
    )


if __name__ == "__main__":
    main()
