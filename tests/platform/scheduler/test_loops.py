"""The loops on both databases, with an executor of the test's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from mlplatform.core import artifacts, services, tasks
from mlplatform.core.platform import Platform
from mlplatform.executors.base import ExecutorError, Launch, Status, Work
from mlplatform.models.workload import ServiceRequest, TaskRequest, TaskView
from mlplatform.scheduler.loops import Scheduler
from mlplatform.scheduler.state import Amount, Node
from mlplatform.storage import locks
from mlplatform.storage.blobs import once
from mlplatform.storage.tables import ArtifactFile, Task
from mlplatform.tokens import Caller

ANN = Caller("ann", "user")


class Fake:
    """Does as the test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: dict[Work, Status] = {}
        self.launches: list[Launch] = []
        self.broken = False

    async def nodes(self) -> list[Node]:
        return [Node(name="n1", total=Amount(cpu=1000, memory=8 << 30))]

    async def start(self, launch: Launch) -> None:
        if self.broken:
            raise ExecutorError("the API server is away")
        self.launches.append(launch)
        self.seen.setdefault(launch.work, Status("running" if launch.work.kind == "task" else "starting"))

    async def statuses(self, works: Sequence[Work]) -> dict[Work, Status]:
        return {w: self.seen.get(w, Status("absent")) for w in works}

    async def stop(self, work: Work) -> None:
        self.seen.pop(work, None)

    async def close(self) -> None: ...


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def scheduler(platform: Platform, fake: Fake) -> Scheduler:
    return Scheduler(platform, fake, tick=0)


async def submit(platform: Platform, cpu: float = 0.5, **more: Any) -> TaskView:
    if not await artifacts.list_kind(platform, ANN, "dataset"):
        await artifacts.upload_dataset(platform, ANN, "d", "d.csv", once(b"1,a\n2,b\n"))
    request = {"operator": "train-numpy", "inputs": {"data": {"dataset": "d"}}, "resources": {"cpu": cpu}} | more
    return await tasks.submit(platform, ANN, TaskRequest.model_validate(request))


async def test_a_task_runs_through(platform: Platform, scheduler: Scheduler, fake: Fake) -> None:
    task = await submit(platform)
    await scheduler.dispatch()
    assert (await tasks.get(platform, ANN, task.id)).state == "starting"
    await scheduler.watch_tasks()
    seen = await tasks.get(platform, ANN, task.id)
    assert (seen.state, seen.placement) == ("running", ["n1"])
    fake.seen[Work("task", task.id)] = Status("succeeded")
    await scheduler.watch_tasks()
    seen = await tasks.get(platform, ANN, task.id)
    assert seen.state == "succeeded" and seen.finished_at and seen.started_at
    assert Work("task", task.id) not in fake.seen  # cleared away


async def test_what_waits_says_why_and_starts_when_there_is_room(
    platform: Platform, scheduler: Scheduler, fake: Fake
) -> None:
    first, second = await submit(platform, 0.8, name="first"), await submit(platform, 0.8)
    await scheduler.dispatch()
    waiting = await tasks.get(platform, ANN, second.id)
    assert waiting.state == "queued" and waiting.reason and waiting.reason.code == "capacity"
    fake.seen[Work("task", first.id)] = Status("failed", "replica 0: exit code 3")
    await scheduler.watch_tasks()
    failed = await tasks.get(platform, ANN, first.id)
    assert failed.state == "failed" and failed.reason and "exit code 3" in failed.reason.text.en
    await scheduler.dispatch()
    started = await tasks.get(platform, ANN, second.id)
    assert (started.state, started.reason) == ("starting", None)


async def test_a_start_that_failed_is_tried_again(platform: Platform, scheduler: Scheduler, fake: Fake) -> None:
    task, fake.broken = await submit(platform), True
    await scheduler.dispatch()
    assert (await tasks.get(platform, ANN, task.id)).state == "starting"
    fake.broken = False
    await scheduler.watch_tasks()
    assert [launch.work.id for launch in fake.launches] == [task.id]
    await scheduler.watch_tasks()
    assert (await tasks.get(platform, ANN, task.id)).state == "running"


async def test_cancelling_a_running_task(platform: Platform, scheduler: Scheduler, fake: Fake) -> None:
    task = await submit(platform)
    await scheduler.dispatch()
    await scheduler.watch_tasks()
    assert (await tasks.cancel(platform, ANN, task.id)).state == "cancelling"
    await scheduler.watch_tasks()  # asks the executor to stop
    await scheduler.watch_tasks()  # sees that it is gone
    assert (await tasks.get(platform, ANN, task.id)).state == "cancelled"


async def test_a_task_whose_process_vanished_fails(platform: Platform, scheduler: Scheduler, fake: Fake) -> None:
    task = await submit(platform)
    await scheduler.dispatch()
    await scheduler.watch_tasks()
    fake.seen.clear()
    await scheduler.watch_tasks()
    assert (await tasks.get(platform, ANN, task.id)).state == "failed"


async def test_a_service_is_started_watched_and_started_anew(
    platform: Platform, scheduler: Scheduler, fake: Fake
) -> None:
    blob = await platform.blobs.put(once(b"{}"))
    file = ArtifactFile(path="model.json", digest=blob.digest, size=blob.size)
    await artifacts.add_version(platform, ANN, "model", "m", [file])
    service = await services.publish(platform, ANN, ServiceRequest(name="s", model="m"))
    work = Work("service", service.id)
    await scheduler.dispatch()
    fake.seen[work] = Status("ready", endpoint="http://there")
    await scheduler.watch_services()
    assert await services.endpoint(platform, ANN, "s") == "http://there"
    fake.seen.clear()  # somebody deleted it behind the platform's back
    await scheduler.watch_services()
    await scheduler.watch_services()
    assert [launch.work for launch in fake.launches] == [work, work]
    await services.take_down(platform, ANN, "s")
    await scheduler.watch_services()
    await scheduler.watch_services()
    assert (await services.get(platform, ANN, "s")).state == "stopped"


async def test_a_running_workload_gets_fresh_tokens(
    platform: Platform, scheduler: Scheduler, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    await submit(platform)
    await scheduler.dispatch()
    await scheduler.watch_tasks()
    await scheduler.watch_tasks()
    assert len(fake.launches) == 1
    monkeypatch.setattr("mlplatform.scheduler.loops.RENEWAL", 0)
    await scheduler.watch_tasks()
    assert len(fake.launches) == 2


async def test_a_row_is_one_holder_s(platform: Platform) -> None:
    task = await submit(platform)
    async with platform.database.transaction() as session:
        first = await locks.claim(session, Task, task.id, "queued")
        assert first and await locks.claim(session, Task, task.id, "queued") is None
    async with platform.database.transaction() as session:
        assert not await locks.release(session, Task, task.id, "not-the-token", "queued", state="running")
        assert not await locks.release(session, Task, task.id, first, "starting", state="running")
        assert await locks.claim(session, Task, task.id, "queued")  # given back, though nothing was written


async def test_an_expired_lock_can_be_taken(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    task = await submit(platform)
    monkeypatch.setattr(locks, "LEASE", timedelta(seconds=-1))
    async with platform.database.transaction() as session:
        first = await locks.claim(session, Task, task.id, "queued")
        second = await locks.claim(session, Task, task.id, "queued")
        assert first and second and first != second
        assert not await locks.release(session, Task, task.id, first, "queued", state="starting")
