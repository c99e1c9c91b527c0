"""What the decision looks at, and what it decides. Plain values: a recorded state replays to the same decisions, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Queue = Literal["task", "service"]
Rule = Literal["no_nodes", "too_big", "over_quota", "quota", "capacity", "behind", "stopping", "paused", "queue_paused"]
"""What holds waiting work; docs/platform.md says what each means and what ends it."""
UNLIMITED = 1 << 62
DEFAULT_TENANT = "default"


class Amount(NamedTuple):
    """Resources: of one replica, free on a node, or of a quota. A tuple, since the decision makes millions of them."""

    cpu: int
    """Thousandths of a core."""
    memory: int
    """Bytes."""
    gpu: int = 0

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self[0] - other[0], self[1] - other[1], self[2] - other[2])

    def plus(self, other: Amount) -> Amount:
        return Amount(self[0] + other[0], self[1] + other[1], self[2] + other[2])

    def times(self, count: int) -> Amount:
        if count == 1:
            return self
        return Amount(self[0] * count, self[1] * count, self[2] * count)

    def holds(self, other: Amount) -> bool:
        return self[0] >= other[0] and self[1] >= other[1] and self[2] >= other[2]


NOTHING = Amount(0, 0, 0)
EVERYTHING = Amount(UNLIMITED, UNLIMITED, UNLIMITED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A machine that replicas can be placed on."""

    name: str
    total: Amount
    """What there is for the platform's workloads: without what others run there."""
    gpu_model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """Who shares the machines with whom, and how much of them is whose."""

    name: str
    quota: Amount = EVERYTHING
    """Nominal: what it can always count on."""
    borrowing: Amount = NOTHING
    """The most that it may use beyond its quota, while others of its cohort leave theirs unused."""
    cohort: str = ""
    """Tenants with the same cohort lend each other what they do not use; empty: it neither lends nor borrows."""
    weight: float = 1
    """Its part of a fair share beside the others'."""
    served: float = 0
    """Unix time at which something of it was started last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Something that was started and holds its resources."""

    id: str
    name: str
    each: Amount
    placement: tuple[str, ...]
    """The node of each replica."""
    tenant: str = DEFAULT_TENANT
    queue: Queue = "task"
    priority: int = 0
    started: float = 0
    ends: float | None = None
    """Unix time at which it is expected to end; None: not by itself, as a service."""
    ending: bool = False
    """It was told to stop; what it holds comes free within `GRACE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Something that waits in a queue."""

    id: str
    name: str
    queue: Queue
    priority: int
    since: float
    """Unix time of its arrival."""
    each: Amount
    replicas: int = 1
    gpu_models: tuple[str, ...] = ()
    """Allowed ones; empty: any, but one for all replicas."""
    tenant: str = DEFAULT_TENANT
    duration: float | None = None
    """Seconds that it is expected to run; None: unknown, or for ever."""
    paused: bool = False
    """It keeps its place and does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything that a decision depends on, besides the time. A tenant that is not listed has no limits."""

    nodes: tuple[Node, ...]
    running: tuple[Running, ...]
    pending: tuple[Pending, ...]
    tenants: tuple[Tenant, ...] = ()
    promised: str = ""
    """The id of the item that room was kept for in the last decision: it stays the first in line until it starts."""
    paused: tuple[Queue, ...] = ()
    """Queues of which nothing starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Start all replicas now, counted on these nodes."""

    id: str
    queue: Queue
    placement: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preempt:
    """Tell running work to end and go back to its queue, so that `claimant` can start."""

    id: str
    queue: Queue
    claimant: str
    grace: float
    """Seconds from the notice (SIGTERM) to the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Running work whose end frees what is waited for."""

    id: str
    name: str
    at: float
    """Unix time at which that is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why something waits, and what would change it. `reasons.tell` puts it into words."""

    rule: Rule
    position: int
    """In its queue, from 1, in the order in which the decision considers what waits."""
    kept: bool = False
    """It is the first in line: room is kept for it."""
    ahead: str = ""
    """The id of the item that room is kept for, when that is another one."""
    frees: tuple[Release, ...] = ()
    """The work whose end it, or the item ahead, waits for, in the order of their ends."""
    expected: float | None = None
    """Unix time of its start: for the first in line from the ends of what runs, for the others from the work before them.
    None where it cannot be told: what holds the resources does not end by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Not now; why, and what would change it."""

    id: str
    queue: Queue
    why: Explanation


Decision = Start | Preempt | Wait
