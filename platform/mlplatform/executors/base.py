"""What an executor is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from mlplatform.models.workload import WorkloadSpec
from mlplatform.scheduler.state import Node, Queue

Phase = Literal["absent", "starting", "running", "ready", "succeeded", "failed"]
"""`ready` is a service's; `absent`: the executor has (no longer) anything of it."""

RUNNER_FAILED = 70
"""The runner's exit code when it could not do its part (operators/runner.py): inputs, outputs, the platform."""


@dataclass(frozen=True)
class Work:
    """The name of a workload, as executors know it."""

    kind: Queue
    id: str


@dataclass(frozen=True)
class Launch:
    """What to start."""

    work: Work
    spec: WorkloadSpec
    placement: tuple[str, ...]
    """The node that each replica was counted on."""
    token: str
    """The worker token: reaches only this workload's inputs and outputs."""


@dataclass(frozen=True)
class Status:
    """How it stands."""

    phase: Phase
    detail: str = ""
    """In English, for a person: why it failed, what it waits for."""
    endpoint: str = ""
    """Where a service that is ready is reached."""
    lost: bool = False
    """It failed through no fault of its own: what ran it is gone, or could not do its part. Another attempt may succeed."""


class ExecutorError(Exception):
    """The executor cannot do it now; trying again later may help."""


class Executor(Protocol):
    """Starts, watches and stops work. Every method can be repeated after a crash of the caller."""

    async def nodes(self) -> list[Node]:
        """The machines, with what there is for the platform's own work.

        Raises:
            ExecutorError: they cannot be seen now.
        """

    async def start(self, launch: Launch) -> Status | None:
        """Start all replicas. Starting what is started already only gives it the new token.

        Returns:
            How it stands then, by an executor that knows at once; None: the next look tells.

        Raises:
            ExecutorError: not started.
        """

    async def statuses(self, works: Sequence[Work]) -> dict[Work, Status]:
        """How each stands.

        Raises:
            ExecutorError: unknown now.
        """

    async def stop(self, work: Work) -> None:
        """Begin to take it away with all that was made for it; done when its status is `absent`.

        Raises:
            ExecutorError: not done.
        """

    async def close(self) -> None:
        """Let go of what the executor holds itself."""
