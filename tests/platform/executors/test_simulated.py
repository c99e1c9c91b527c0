"""The executor for simulation: what of the contract makes sense where nothing is run."""

from __future__ import annotations

import asyncio

import pytest
from mlplatform.executors.base import Launch, Work
from mlplatform.executors.simulated import SimulatedExecutor
from mlplatform.models.operator import Resources
from mlplatform.models.tenant import Limits
from mlplatform.models.workload import WorkloadSpec
from mlplatform.scheduler.state import UNLIMITED, Amount, Node

TASK = Work("task", "t")


def launch(work: Work, seconds: float) -> Launch:
    resources = Resources(cpu=1, memory="1Mi")
    spec = WorkloadSpec(
        image="i", command=["c"], params={"seconds": seconds}, inputs={}, outputs={}, resources=resources
    )
    return Launch(work, spec, ("n",), "token")


@pytest.fixture
def ended() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def executor(ended: asyncio.Event) -> SimulatedExecutor:
    return SimulatedExecutor({"n": Limits(cpu=2)}, ended.set)


async def test_its_nodes_are_those_that_were_asked_for(executor: SimulatedExecutor) -> None:
    assert await executor.nodes() == [Node(name="n", total=Amount(2000, UNLIMITED, UNLIMITED))]


async def test_a_task_runs_for_its_time_is_told_of_and_is_gone_when_stopped(
    executor: SimulatedExecutor, ended: asyncio.Event
) -> None:
    assert (await executor.statuses([TASK]))[TASK].phase == "absent"
    await executor.start(launch(TASK, 0.01))
    assert (await executor.statuses([TASK]))[TASK].phase == "running"
    async with asyncio.timeout(30):
        await ended.wait()
    assert (await executor.statuses([TASK]))[TASK].phase == "succeeded"
    await executor.start(launch(TASK, 0.01))  # only a new token
    assert (await executor.statuses([TASK]))[TASK].phase == "succeeded"
    await executor.stop(TASK)
    assert (await executor.statuses([TASK]))[TASK].phase == "absent"


async def test_what_is_stopped_never_ends_by_itself(executor: SimulatedExecutor, ended: asyncio.Event) -> None:
    await executor.start(launch(TASK, 0))
    await executor.stop(TASK)
    await executor.stop(TASK)
    await asyncio.sleep(0)
    assert not ended.is_set() and (await executor.statuses([TASK]))[TASK].phase == "absent"


async def test_a_service_is_ready_until_it_is_stopped(executor: SimulatedExecutor) -> None:
    service = Work("service", "s")
    await executor.start(launch(service, 0))
    assert (await executor.statuses([service]))[service].phase == "ready"
    await executor.stop(service)
    assert (await executor.statuses([service]))[service].phase == "absent"
