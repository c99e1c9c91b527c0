"""The states of tasks and services, and which may follow which."""

from __future__ import annotations

from collections.abc import Mapping

from mlplatform.models.workload import ServiceState, TaskState

TASK: dict[TaskState, frozenset[TaskState]] = {
    "queued": frozenset({"starting", "cancelled", "failed"}),
    "starting": frozenset({"running", "succeeded", "failed", "cancelling", "requeuing"}),
    "running": frozenset({"succeeded", "failed", "cancelling", "requeuing"}),
    "requeuing": frozenset({"queued", "succeeded", "cancelling"}),
    "cancelling": frozenset({"cancelled", "failed"}),
    "succeeded": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}
SERVICE: dict[ServiceState, frozenset[ServiceState]] = {
    "queued": frozenset({"starting", "stopped"}),
    "starting": frozenset({"ready", "failed", "requeuing", "stopping"}),
    "ready": frozenset({"starting", "failed", "requeuing", "stopping"}),
    "requeuing": frozenset({"queued", "stopping"}),
    "stopping": frozenset({"stopped"}),
    "stopped": frozenset(),
    "failed": frozenset(),
}
HOLDING = frozenset({"starting", "running", "cancelling", "requeuing", "ready", "stopping"})
"""In these states a workload holds its resources."""
ENDING = frozenset({"cancelling", "requeuing", "stopping"})
"""In these it was told to end."""
ENDED = frozenset({"succeeded", "failed", "cancelled", "stopped"})
"""In these nothing follows."""


def check(old: str, new: str) -> None:
    """Refuse a transition that the tables above do not have.

    Raises:
        ValueError: it is a defect of the caller, not of a user.
    """
    tables: tuple[Mapping[str, frozenset[str]], ...] = (TASK, SERVICE)  # type: ignore[assignment]  # keys are str
    following = frozenset().union(*(t.get(old, frozenset()) for t in tables))
    if new not in following:
        raise ValueError(f"no way from {old} to {new}")
