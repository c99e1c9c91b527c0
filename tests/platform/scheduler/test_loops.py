"""The loops on both databases, with an executor of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mlplatform.core import artifacts, logs, services, tasks, workers
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem
from mlplatform.executors.base import ExecutorError, Launch, Status, Work
from mlplatform.models.workload import ServiceRequest, TaskRequest, TaskView
from mlplatform.scheduler import trace, view
from mlplatform.scheduler.loops import Scheduler
from mlplatform.scheduler.state import Amount, Node
from mlplatform.storage import leases, locks
from mlplatform.storage.blobs import once
from mlplatform.storage.database import Database
from mlplatform.storage.leases import Leadership
from mlplatform.storage.tables import ArtifactFile, Lease, Task
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
    if not (await artifacts.list_kind(platform, ANN, "dataset")).items:
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
    await artifacts.add_version(platform, ANN, "model", "m", [file], tenant="default")
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
    fake.seen[work] = Status("failed", "the node n1 is lost", lost=True)
    await scheduler.watch_services()
    assert (await services.get(platform, ANN, "s")).state == "requeuing"
    await scheduler.watch_services()
    await scheduler.watch_services()
    assert (await services.get(platform, ANN, "s")).state == "queued"
    await scheduler.dispatch()
    assert (await services.get(platform, ANN, "s")).state == "starting"
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
    monkeypatch.setattr("mlplatform.scheduler.launch.RENEWAL", 0)
    await scheduler.watch_tasks()
    assert len(fake.launches) == 2


async def test_preempted_work_goes_back_to_its_place_and_its_log_goes_on(
    platform: Platform, scheduler: Scheduler, fake: Fake
) -> None:
    low, low_work = (task := await submit(platform, 1.0, priority=-60)), Work("task", task.id)
    await scheduler.dispatch()
    await scheduler.watch_tasks()
    await logs.append(platform, low.id, "output", 0, part="a", offset=0, content=b"first ")
    urgent = await submit(platform, 1.0)
    await scheduler.dispatch()
    waiting, stopped = await tasks.get(platform, ANN, urgent.id), await tasks.get(platform, ANN, low.id)
    assert stopped.state == "requeuing" and waiting.reason and waiting.reason.code == "stopping"
    await scheduler.watch_tasks()
    assert low_work not in fake.seen
    await scheduler.watch_tasks()
    stopped = await tasks.get(platform, ANN, low.id)
    assert (stopped.state, stopped.placement, stopped.started_at) == ("queued", [], None)
    await scheduler.dispatch()
    assert (await tasks.get(platform, ANN, urgent.id)).state == "starting"
    fake.seen[Work("task", urgent.id)] = Status("succeeded")
    await scheduler.watch_tasks()
    await scheduler.dispatch()
    await scheduler.watch_tasks()
    assert (await tasks.get(platform, ANN, low.id)).state == "running"
    for _ in range(2):  # its runner counts from 0 again, and repeats itself
        assert await logs.append(platform, low.id, "output", 0, part="b", offset=0, content=b"second") == 6
    pieces = [piece async for piece in logs.read(platform, low.id, "output", 0, 0)]
    assert b"".join(pieces) == b"first second"


async def test_what_ended_well_before_it_could_be_stopped_has_ended_well(
    platform: Platform, scheduler: Scheduler, fake: Fake
) -> None:
    low = await submit(platform, 1.0, priority=-60)
    await scheduler.dispatch()
    await scheduler.watch_tasks()
    await submit(platform, 1.0)
    await scheduler.dispatch()
    fake.seen[Work("task", low.id)] = Status("succeeded")
    await scheduler.watch_tasks()
    assert (await tasks.get(platform, ANN, low.id)).state == "succeeded"


async def test_what_is_lost_is_tried_again_and_an_error_of_its_own_is_not(
    platform: Platform, scheduler: Scheduler, fake: Fake
) -> None:
    task = await submit(platform, retries=1)
    work = Work("task", task.id)
    tokens = []
    for ending in (Status("failed", "replica 0: exit code 70", lost=True), None):
        await scheduler.dispatch()
        await scheduler.watch_tasks()
        tokens.append(platform.keyring.check_worker(fake.launches[-1].token))
        if ending:
            fake.seen[work] = ending
            await scheduler.watch_tasks()
            seen = await tasks.get(platform, ANN, task.id)
            assert (seen.state, seen.retries) == ("requeuing", 0)
            assert seen.reason and "exit code 70" in seen.reason.text.zh
            await scheduler.watch_tasks()  # stops what is left of it
            await scheduler.watch_tasks()  # and sees that it is gone
            assert (await tasks.get(platform, ANN, task.id)).state == "queued"
    assert (await tasks.get(platform, ANN, task.id)).state == "running"
    with pytest.raises(Problem, match="ended"):  # what the first attempt left running has no say
        await workers.load(platform, tokens[0])
    assert (await workers.load(platform, tokens[1]))[0].id == task.id
    fake.seen[work] = Status("failed", lost=True)
    await scheduler.watch_tasks()
    assert (await tasks.get(platform, ANN, task.id)).state == "failed"  # no retries left
    own = await submit(platform, retries=5)
    await scheduler.dispatch()
    await scheduler.watch_tasks()
    fake.seen[Work("task", own.id)] = Status("failed", "replica 0: exit code 1")
    await scheduler.watch_tasks()
    assert (await tasks.get(platform, ANN, own.id)).state == "failed"


@pytest.mark.parametrize("limit", ["timeout", "deadline"])
async def test_what_takes_too_long_is_stopped_and_has_failed(
    platform: Platform, scheduler: Scheduler, fake: Fake, limit: str
) -> None:
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    task = await submit(platform, timeout=600)
    await scheduler.dispatch()
    await scheduler.watch_tasks()
    await scheduler.watch_tasks()
    assert (await tasks.get(platform, ANN, task.id)).state == "running"
    async with platform.database.transaction() as session:
        row = await session.get_one(Task, task.id)
        row.started_at, row.deadline = (hour_ago, None) if limit == "timeout" else (row.started_at, hour_ago)
    for state in ("cancelling", "cancelling", "failed"):
        await scheduler.watch_tasks()
        seen = await tasks.get(platform, ANN, task.id)
        assert seen.state == state and seen.reason and seen.reason.code == limit
    assert seen.finished_at


async def test_what_waits_past_its_deadline_has_failed(platform: Platform, scheduler: Scheduler, fake: Fake) -> None:
    late = await submit(platform, deadline=datetime.now(UTC) - timedelta(seconds=1))
    good = await submit(platform, deadline=datetime.now(UTC) + timedelta(hours=1))
    await scheduler.dispatch()
    seen = await tasks.get(platform, ANN, late.id)
    assert seen.state == "failed" and seen.reason and seen.reason.code == "deadline"
    assert (await tasks.get(platform, ANN, good.id)).state == "starting"


async def test_a_running_task_is_paused_and_resumed(platform: Platform, scheduler: Scheduler, fake: Fake) -> None:
    task = await submit(platform)
    await scheduler.dispatch()
    await scheduler.watch_tasks()
    seen = await tasks.pause(platform, ANN, task.id)
    assert seen.state == "requeuing" and seen.paused and seen.reason and seen.reason.code == "paused"
    assert (await tasks.pause(platform, ANN, task.id)).state == "requeuing"
    await scheduler.watch_tasks()
    await scheduler.watch_tasks()
    await scheduler.dispatch()
    seen = await tasks.get(platform, ANN, task.id)
    assert seen.state == "queued" and seen.reason and seen.reason.code == "paused"
    assert not (await tasks.resume(platform, ANN, task.id)).paused
    await scheduler.dispatch()
    assert (await tasks.get(platform, ANN, task.id)).state == "starting"
    await tasks.cancel(platform, ANN, task.id)
    with pytest.raises(Problem, match="already_ended"):
        await tasks.pause(platform, ANN, task.id)


async def test_one_of_two_schedulers_leads_and_the_other_takes_over(
    platform: Platform, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Scheduler(platform, fake, tick=0), Scheduler(platform, fake, tick=0)
    assert await first.leads() and not await second.leads() and await first.leads()
    third = Leadership(platform.database, "scheduler")
    monkeypatch.setattr(leases, "TERM", timedelta(seconds=-1))
    one = Leadership(platform.database, "other")
    assert await one.hold()  # for a term that is over at once: as of one who died
    assert await Leadership(platform.database, "other").hold()
    assert not await third.hold()
    await one.publish({"nodes": []})  # it does not lead any more
    async with platform.database.transaction() as session:
        assert (await session.get_one(Lease, "other")).seen == {}


async def test_a_change_wakes_the_loops_of_every_process(platform: Platform, fake: Fake) -> None:
    """Nothing here waits for a tick: the ticks are longer than the test may take."""
    elsewhere = Database(platform.database.url.render_as_string(hide_password=False))
    await submit(platform)  # so that there is nothing to set up when it counts
    if platform.database.url.get_backend_name() == "sqlite":
        elsewhere = platform.database  # one process
    listening = asyncio.create_task(elsewhere.changes.listen())
    heard = elsewhere.changes.subscribe()
    async with asyncio.timeout(30):
        if elsewhere is not platform.database:
            await heard.wait()  # it listens now
        heard.clear()
        await submit(platform)
        await heard.wait()
    listening.cancel()
    if elsewhere is not platform.database:
        await elsewhere.close()


async def test_durations_are_learned(platform: Platform, scheduler: Scheduler, fake: Fake) -> None:
    now = datetime.now(UTC)
    for seconds in (30, 50):
        done = await submit(platform)
        async with platform.database.transaction() as session:
            row = await session.get_one(Task, done.id)
            row.state, row.started_at, row.finished_at = "succeeded", now, now + timedelta(seconds=seconds)
    await submit(platform)
    await submit(platform, timeout=40)
    async with platform.database.transaction() as session:
        state = await view.read(session, (), "")
    assert sorted(item.duration or 0 for item in state.pending) == [40, 50]


async def test_rounds_are_recorded_and_replay(
    database_url: str, platform: Platform, fake: Fake, tmp_path: Path
) -> None:
    file = tmp_path / "trace.jsonl"
    recorded = replace(platform, settings=platform.settings.model_copy(update={"trace": file}))
    scheduler = Scheduler(recorded, fake, tick=0)
    for _ in range(3):
        await submit(platform)
        await scheduler.dispatch()
    with file.open("rb") as lines:
        assert list(trace.replay(lines)) == [None, None]  # the third only waits


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
    task = await submit(platform)
    monkeypatch.setattr(locks, "LEASE", timedelta(seconds=-1))
    async with platform.database.transaction() as session:
        first = await locks.claim(session, Task, task.id, "queued")
        second = await locks.claim(session, Task, task.id, "queued")
        assert first and second and first != second
        assert not await locks.release(session, Task, task.id, first, "queued", state="starting")
