"""What the decision looks at, and what it decides. Plain values: a recorded state replays to the same decisions, bit for bit."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from mlplatform.models.workload import Reason

Queue = Literal["task", "service"]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Amount(Frozen):
    """Resources of one replica, or free on one node."""

    cpu: int
    """Thousandths of a core."""
    memory: int
    """Bytes."""
    gpu: int = 0

    def __sub__(self, other: Amount) -> Amount:
        return Amount(cpu=self.cpu - other.cpu, memory=self.memory - other.memory, gpu=self.gpu - other.gpu)

    def holds(self, other: Amount) -> bool:
        return self.cpu >= other.cpu and self.memory >= other.memory and self.gpu >= other.gpu


class Node(Frozen):
    """A machine that replicas can be placed on."""

    name: str
    total: Amount
    """What there is for the platform's workloads: without what others run there."""
    gpu_model: str = ""


class Running(Frozen):
    """Something that was started and holds its resources."""

    id: str
    name: str
    each: Amount
    placement: tuple[str, ...]
    """The node of each replica."""


class Pending(Frozen):
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


class State(Frozen):
    """Everything that a decision depends on, besides the time."""

    nodes: tuple[Node, ...]
    running: tuple[Running, ...]
    pending: tuple[Pending, ...]


class Start(Frozen):
    """Start all replicas now, counted on these nodes."""

    id: str
    queue: Queue
    placement: tuple[str, ...]


class Wait(Frozen):
    """Not now; why, and what would change it."""

    id: str
    queue: Queue
    reason: Reason


Decision = Start | Wait
