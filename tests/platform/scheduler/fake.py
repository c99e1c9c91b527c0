"""Running workflows without running anything: tasks end as the test says."""

from __future__ import annotations

from typing import Any

from mlplatform.core import runs, tasks, workers, workflows
from mlplatform.core.platform import Platform
from mlplatform.models.run import RunDetail, RunRequest
from mlplatform.models.workload import TaskView
from mlplatform.scheduler.runs import RunKeeper
from mlplatform.storage.blobs import once
from mlplatform.storage.tables import Task
from mlplatform.tokens import Caller, Worker
from sqlalchemy import select

ANN = Caller("ann", "user")
HEAD = """\
apiVersion: slipway/v1
kind: Workflow
metadata: {name: flow, version: 1.0.0, title: {en: Flow, zh: 流程}}
spec:
"""
CHAIN = (
    HEAD
    + """\
  steps:
    parts:
      operator: split
      inputs: {data: {dataset: d}}
    train:
      operator: train-numpy
      params: {epochs: 2}
      inputs: {data: {step: parts, output: train}}
    look:
      operator: statistics
      inputs: {data: {dataset: d}}
"""
)


async def begin(platform: Platform, text: str = CHAIN, caller: Caller = ANN, **request: Any) -> RunDetail:
    await workflows.put(platform, caller, "flow", text)
    return await runs.create(platform, caller, "flow", RunRequest(**request))


async def finish(platform: Platform, id_: str, state: str = "succeeded", **metrics: float) -> None:
    """Let a task end: with a file in each of its outputs, which its own id tells from all others."""
    async with platform.database.transaction() as session:
        task = await session.get_one(Task, id_)
        task.state, task.metrics = "running", metrics
        outputs = list(task.spec["outputs"])
    for name in outputs:
        worker = Worker("task", id_)
        await workers.put_output(platform, worker, name, "f.csv", once(f"{id_},{name}\n".encode()))
    async with platform.database.transaction() as session:
        (await session.get_one(Task, id_)).state = state


async def go_on(platform: Platform, run: RunDetail, caller: Caller = ANN) -> RunDetail:
    await RunKeeper(platform).round()
    return await runs.get(platform, caller, run.id)


def states(run: RunDetail) -> dict[str, str]:
    return {name: step.state for name, step in run.steps.items()}


def task_of(run: RunDetail, step: str, index: int = 0) -> str:
    id_ = run.steps[step].tasks[index].id
    assert id_
    return id_


async def all_tasks(platform: Platform) -> list[TaskView]:
    async with platform.database.transaction() as session:
        return [tasks.view(task, {}) for task in await session.scalars(select(Task).order_by(Task.id))]
