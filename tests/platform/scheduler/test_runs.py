"""Runs of workflows on both databases: what follows what, what is reused, and that a crash neither loses a step nor doubles it."""

from __future__ import annotations

import asyncio

import pytest
from mlplatform.core import artifacts, lineage, requests, runs, tasks, workflows
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem
from mlplatform.models.run import RunRequest
from mlplatform.models.workload import TaskRequest
from mlplatform.scheduler.runs import RunKeeper
from mlplatform.storage.blobs import once
from mlplatform.storage.tables import Run, Task
from mlplatform.tokens import Caller
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from tests.platform.scheduler.fake import ANN, CHAIN, HEAD, all_tasks, begin, finish, go_on, states, task_of

ROOT = Caller("root", "admin")
FAN = (
    HEAD
    + """\
  steps:
    train:
      operator: train-numpy
      foreach: {param: hidden, values: [8, 16, 32]}
      inputs: {data: {dataset: d}}
    again:
      operator: statistics
      when: {step: look, metric: rows, at_least: 10}
      inputs: {data: {step: train, output: predictions, best: {metric: accuracy, order: highest}}}
    look:
      operator: statistics
      inputs: {data: {dataset: d}}
"""
)


@pytest.fixture(autouse=True)
async def data(platform: Platform) -> None:
    await artifacts.upload_dataset(platform, ANN, "d", "d.csv", once(b"x,y\n1,a\n2,b\n"))


async def test_a_run_goes_through_and_the_next_reuses_all_of_it(platform: Platform) -> None:
    run = await begin(platform)
    assert states(run) == {"parts": "waiting", "train": "waiting", "look": "waiting"}
    run = await go_on(platform, run)
    assert states(run) == {"parts": "running", "train": "waiting", "look": "running"}
    # What is uploaded meanwhile is for later runs: this one's data are fixed.
    await artifacts.upload_dataset(platform, ANN, "d", "d.csv", once(b"x,y\n9,z\n"))
    parts = task_of(run, "parts")
    await finish(platform, parts)
    run = await go_on(platform, run)
    assert states(run)["train"] == "running"
    train = await tasks.get(platform, ANN, task_of(run, "train"))
    assert train.inputs["data"] == (await tasks.get(platform, ANN, parts)).outputs["train"]
    assert (train.name, train.params["epochs"]) == ("flow/train", 2)
    for step in ("train", "look"):
        await finish(platform, task_of(run, step), accuracy=0.9)
    run = await go_on(platform, run)
    assert run.state == "succeeded" and run.finished_at and set(states(run).values()) == {"succeeded"}
    assert len(await all_tasks(platform)) == 3
    await artifacts.upload_dataset(platform, ANN, "d", "d.csv", once(b"x,y\n1,a\n2,b\n"))  # the bytes of the first
    second = await go_on(platform, await begin(platform))
    assert second.state == "succeeded" and all(t.cached for s in second.steps.values() for t in s.tasks)
    assert task_of(second, "train") == train.id and second.steps["train"].tasks[0].metrics == {"accuracy": 0.9}
    assert len(await all_tasks(platform)) == 3
    came_from = await lineage.of(platform, ANN, task_of(second, "train"))
    assert {n.name for n in came_from.nodes if n.kind == "task"} == {"flow/parts", "flow/train"}


async def test_nothing_is_reused_that_is_another_s_or_not_to_be(platform: Platform) -> None:
    run = await go_on(platform, await begin(platform))
    for step in ("parts", "look"):
        await finish(platform, task_of(run, step))
    await artifacts.upload_dataset(platform, Caller("bob", "user"), "b", "d.csv", once(b"x,y\n1,a\n2,b\n"))
    bob = Caller("bob", "user")
    await workflows.put(
        platform, bob, "bobs", CHAIN.replace("name: flow", "name: bobs").replace("dataset: d", "dataset: b")
    )
    other = await go_on(platform, await runs.create(platform, bob, "bobs", RunRequest()), bob)
    assert states(other)["parts"] == "running"  # not with ann's outputs
    fresh = await go_on(platform, await begin(platform, cache=False))
    assert states(fresh)["parts"] == "running"
    text = CHAIN.replace("      operator: split\n", "      operator: split\n      cache: false\n")
    partly = await go_on(platform, await begin(platform, text))
    assert (states(partly)["parts"], states(partly)["look"]) == ("running", "succeeded")
    other_params = await go_on(
        platform, await begin(platform, CHAIN.replace("split\n", "split\n      params: {seed: 1}\n"))
    )
    assert states(other_params)["parts"] == "running"


async def test_a_failed_step_skips_what_follows_and_retry_does_only_that_again(platform: Platform) -> None:
    run = await go_on(platform, await begin(platform))
    failed = task_of(run, "parts")
    await finish(platform, failed, "failed")
    run = await go_on(platform, run)
    assert (run.state, states(run)["train"]) == ("running", "skipped")  # the other branch goes on
    reason = run.steps["train"].reason
    assert reason and reason.text.en == "Step parts, which it needs, failed."
    with pytest.raises(Problem, match="nothing_to_retry"):
        await runs.retry(platform, ANN, run.id)
    look = task_of(run, "look")
    await finish(platform, look)
    run = await go_on(platform, run)
    assert run.state == "failed" and run.reason and run.reason.text.en == "Did not succeed: parts."
    await runs.retry(platform, ANN, run.id)
    run = await go_on(platform, run)
    assert states(run) == {"parts": "running", "train": "waiting", "look": "succeeded"}
    assert task_of(run, "parts") != failed and task_of(run, "look") == look
    await finish(platform, task_of(run, "parts"))
    run = await go_on(platform, run)
    await finish(platform, task_of(run, "train"))
    assert (await go_on(platform, run)).state == "succeeded"


async def test_a_fan_out_runs_each_value_and_the_best_goes_on(platform: Platform) -> None:
    run = await go_on(platform, await begin(platform, FAN))
    assert [t.value for t in run.steps["train"].tasks] == [8, 16, 32]
    assert {(await tasks.get(platform, ANN, task_of(run, "train", i))).params["hidden"] for i in range(3)} == {
        8,
        16,
        32,
    }
    for index, accuracy in enumerate((0.5, 0.9, 0.7)):
        await finish(platform, task_of(run, "train", index), accuracy=accuracy)
    await finish(platform, task_of(run, "look"), rows=12)
    run = await go_on(platform, run)
    best = await tasks.get(platform, ANN, task_of(run, "train", 1))
    again = await tasks.get(platform, ANN, task_of(run, "again"))
    assert again.inputs["data"] == best.outputs["predictions"]


async def test_a_condition_that_does_not_hold_skips_a_step_and_fails_nothing(platform: Platform) -> None:
    run = await go_on(platform, await begin(platform, FAN))
    for index in range(3):
        await finish(platform, task_of(run, "train", index), accuracy=0.5)
    await finish(platform, task_of(run, "look"), rows=2)
    run = await go_on(platform, run)
    assert (run.state, states(run)["again"]) == ("succeeded", "skipped")
    reason = run.steps["again"].reason
    assert reason and reason.code == "condition" and "rows of look is 2" in reason.text.en


async def test_a_run_is_cancelled_paused_and_resumed(platform: Platform) -> None:
    run = await begin(platform)
    await runs.set_paused(platform, ANN, run.id, True)
    run = await go_on(platform, run)
    assert run.paused and states(run)["parts"] == "waiting"
    await runs.set_paused(platform, ANN, run.id, False)
    run = await go_on(platform, run)
    await runs.set_paused(platform, ANN, run.id, True)
    assert (await tasks.get(platform, ANN, task_of(run, "parts"))).paused
    await runs.set_paused(platform, ANN, run.id, False)
    assert not (await tasks.get(platform, ANN, task_of(run, "parts"))).paused
    async with platform.database.transaction() as session:
        (await session.get_one(Task, task_of(run, "look"))).state = "running"
    cancelled = await runs.cancel(platform, ANN, run.id)
    assert cancelled.state == "cancelling" and states(cancelled)["train"] == "cancelled"
    run = await go_on(platform, run)
    assert run.state == "cancelling"  # a task is still being stopped
    await finish(platform, task_of(run, "look"), "cancelled")
    run = await go_on(platform, run)
    assert (run.state, set(states(run).values())) == ("cancelled", {"cancelled"})
    assert (await runs.cancel(platform, ANN, run.id)).state == "cancelled"
    with pytest.raises(Problem, match="already_ended"):
        await runs.set_paused(platform, ANN, run.id, True)
    with pytest.raises(Problem, match="not_found"):
        await runs.cancel(platform, Caller("bob", "user"), run.id)


async def test_a_step_that_cannot_be_submitted_fails_in_words(platform: Platform) -> None:
    run = await go_on(platform, await begin(platform))
    async with platform.database.transaction() as session:  # it succeeded without writing its output
        (await session.get_one(Task, task_of(run, "parts"))).state = "succeeded"
    run = await go_on(platform, run)
    reason = run.steps["train"].reason
    assert reason and reason.code == "refused" and "There is no such output." in reason.text.en


class Crash(BaseException):
    """As kill -9: nothing that catches errors catches it."""


async def test_a_crash_at_any_statement_neither_loses_a_step_nor_doubles_it(platform: Platform) -> None:
    engine = platform.database.engine.sync_engine
    statements, limit = 0, 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1
        if statements == limit:
            raise Crash

    event.listen(engine, "before_cursor_execute", count)
    try:
        while limit < 200:
            limit, statements = limit + 1, 10**9
            run = await begin(platform, cache=False)
            before, statements = len(await all_tasks(platform)), 0
            crashed = False
            try:
                await RunKeeper(platform).round()
            except Crash:
                crashed = True
            statements = 10**9
            made = len(await all_tasks(platform)) - before
            assert made == (0 if crashed else 2)
            run = await go_on(platform, run)
            assert states(run) == {"parts": "running", "train": "waiting", "look": "running"}
            assert len(await all_tasks(platform)) - before == 2
            await runs.cancel(platform, ANN, run.id)
            await go_on(platform, run)
            if not crashed:
                break
        assert limit > 10 and not crashed
    finally:
        event.remove(engine, "before_cursor_execute", count)


async def test_two_processes_at_once_submit_each_step_once(platform: Platform) -> None:
    run = await begin(platform)
    await asyncio.gather(*(RunKeeper(platform).round() for _ in range(4)))
    assert len(await all_tasks(platform)) == 2
    (task, *_) = await all_tasks(platform)
    request = TaskRequest.model_validate({"operator": "split", "inputs": {"data": {"dataset": "d"}}})
    with pytest.raises(IntegrityError):  # and if all else failed, the database refuses
        async with platform.database.transaction() as session:
            twice = await tasks.resolved(platform, session, ANN, request)
            twice.origin = (await session.get_one(Task, task.id)).origin
            await requests.enqueue(platform, session, twice)
    assert (await go_on(platform, run)).state == "running"
    async with platform.database.transaction() as session:
        assert not await session.scalar(select(Run.woken))
