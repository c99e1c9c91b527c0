"""What would become of waiting work if it asked for something else: the same decision over a changed state."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mlplatform.scheduler.decide import decide
from mlplatform.scheduler.state import Amount, Pending, Preempt, Start, State, Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be other; None: as it is."""

    each: Amount | None = None
    replicas: int | None = None
    gpu_models: tuple[str, ...] | None = None
    priority: int | None = None


def outcome(state: State, item: str, now: float) -> Start | Wait:
    """What is decided about one waiting item.

    Raises:
        KeyError: it does not wait.
    """
    for decision in decide(state, now):
        if decision.id == item and not isinstance(decision, Preempt):
            return decision
    raise KeyError(item)


def changed(item: Pending, change: Change) -> Pending:
    """The item as it would be."""
    return replace(item, **{name: value for name in Change.__slots__ if (value := getattr(change, name)) is not None})


def what_if(state: State, item: str, change: Change, now: float) -> Start | Wait:
    """What would be decided about a waiting item if it were changed and all else stayed.

    Raises:
        KeyError: it does not wait.
    """
    pending = tuple(changed(p, change) if p.id == item else p for p in state.pending)
    return outcome(replace(state, pending=pending), item, now)
