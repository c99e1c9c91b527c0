"""Work that only takes time: nothing is run. To try quotas, priorities and loads on machines that are not there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from mlplatform.executors.base import Launch, Status, Work
from mlplatform.models.tenant import Limits
from mlplatform.scheduler.state import Node
from mlplatform.scheduler.view import amount

SECONDS = 1.0
"""How long a task runs whose parameters do not say `seconds`."""


class SimulatedExecutor:
    """Tasks that run for as long as their parameter `seconds` says, and succeed; services that are ready at once and answer nothing.

    What it knows dies with its process, as local processes do.

    Args:
        nodes: what there is to be had, by node; what a node leaves out is unlimited.
        ended: called when a task has ended.
    """

    def __init__(self, nodes: Mapping[str, Limits], ended: Callable[[], None]) -> None:
        self._nodes = [Node(name=name, total=amount(limits)) for name, limits in nodes.items()]
        self._statuses: dict[Work, Status] = {}
        self._ends: dict[Work, asyncio.TimerHandle] = {}
        self._ended = ended

    async def nodes(self) -> list[Node]:
        return self._nodes

    async def start(self, launch: Launch) -> Status:
        if launch.work not in self._statuses:
            if launch.work.kind == "service":
                self._statuses[launch.work] = Status("ready", endpoint="http://simulated.invalid")
            else:
                self._statuses[launch.work] = Status("running")
                seconds = float(launch.spec.params.get("seconds", SECONDS))
                self._ends[launch.work] = asyncio.get_running_loop().call_later(seconds, self._end, launch.work)
        return self._statuses[launch.work]

    def _end(self, work: Work) -> None:
        del self._ends[work]
        self._statuses[work] = Status("succeeded")
        self._ended()

    async def statuses(self, works: Sequence[Work]) -> dict[Work, Status]:
        return {work: self._statuses.get(work, Status("absent")) for work in works}

    async def stop(self, work: Work) -> None:
        self._statuses.pop(work, None)
        if end := self._ends.pop(work, None):
            end.cancel()

    async def close(self) -> None:
        for end in self._ends.values():
            end.cancel()
