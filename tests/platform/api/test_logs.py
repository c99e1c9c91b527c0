"""Logs of what starts anew, of replicas at the same time, of senders that repeat themselves; metrics that are none."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from mlplatform.core import artifacts, logs, services
from mlplatform.core.platform import Platform
from mlplatform.executors.base import Status, Work
from mlplatform.models.workload import ServiceRequest
from mlplatform.scheduler.loops import Scheduler
from mlplatform.storage.blobs import once
from mlplatform.storage.tables import ArtifactFile, Task

from tests.platform.conftest import ClientOf
from tests.platform.scheduler.test_loops import ANN, Fake, submit


async def _service(platform: Platform) -> str:
    blob = await platform.blobs.put(once(b"{}"))
    file = ArtifactFile(path="model.json", digest=blob.digest, size=blob.size)
    await artifacts.add_version(platform, ANN, "model", "m", [file], tenant="default")
    return (await services.publish(platform, ANN, ServiceRequest(name="s", model="m"))).id


async def _text(platform: Platform, id_: str) -> bytes:
    return b"".join([piece async for piece in logs.read(platform, id_, "output", 0, 0)])


async def _send(client: httpx.AsyncClient, content: bytes, offset: int = 0, **more: str) -> httpx.Response:
    params = {"rank": "0", "offset": str(offset), **more}
    return await client.post("/api/v1/worker/logs/output", params=params, content=content)


@pytest.mark.parametrize("ending", [None, Status("failed", "the node n1 is lost", lost=True)])
async def test_a_service_that_starts_anew_keeps_its_log_and_its_old_token_is_worth_nothing(
    platform: Platform, client_of: ClientOf, ending: Status | None
) -> None:
    fake = Fake()
    scheduler = Scheduler(platform, fake, tick=0)
    id_ = await _service(platform)
    work = Work("service", id_)
    await scheduler.dispatch()
    first = client_of(token=fake.launches[-1].token)
    assert (await _send(first, b"first ", part="aa")).json() == {"length": 6}
    fake.seen[work] = Status("ready", endpoint="http://there")
    await scheduler.watch_services()
    if ending:
        fake.seen[work] = ending
    else:
        fake.seen.clear()
    for _ in range(3):
        await scheduler.watch_services()
    await scheduler.dispatch()
    assert len(fake.launches) == 2
    second = client_of(token=fake.launches[-1].token)
    assert (await _send(second, b"second", part="bb")).json() == {"length": 6}
    assert (await _send(first, b"too late", 6, part="aa")).status_code == 410
    assert await _text(platform, id_) == b"first second"


async def test_a_pod_that_is_made_anew_behind_the_platform_s_back_keeps_the_log(platform: Platform) -> None:
    """As by a Deployment: the same attempt and token, a new folder; and a container that found its old folder."""
    id_ = await _service(platform)
    for part, offset, content in (("a", 0, b"one "), ("b", 0, b"two "), ("a", 0, b"one more "), ("b", 4, b"end")):
        await logs.append(platform, id_, "output", 0, part=part, offset=offset, content=content)
    assert await _text(platform, id_) == b"one two more end"


async def test_pieces_that_come_at_the_same_time_are_kept_once_each(platform: Platform) -> None:
    id_ = await _service(platform)
    lines = {part: [f"{part}{n}\n".encode() for n in range(5)] for part in "abc"}

    async def replica(part: str) -> None:
        offset = 0
        for line in lines[part]:
            twice = [logs.append(platform, id_, "output", 0, part=part, offset=offset, content=line) for _ in range(2)]
            offset += len(line)
            assert await asyncio.gather(*twice) == [offset, offset]

    await asyncio.gather(*map(replica, lines))
    kept = (await _text(platform, id_)).splitlines(keepends=True)
    for part, written in lines.items():
        assert [line for line in kept if line.startswith(part.encode())] == written


async def test_the_last_words_of_what_has_just_ended_are_taken_and_its_outputs_are_not(
    platform: Platform, client_of: ClientOf
) -> None:
    fake = Fake()
    scheduler = Scheduler(platform, fake, tick=0)
    task = await submit(platform)
    await scheduler.dispatch()
    fake.seen[Work("task", task.id)] = Status("failed", "replica 1: exit code 3")
    await scheduler.watch_tasks()
    client = client_of(token=fake.launches[-1].token)
    assert (await _send(client, b"last words")).status_code == 200
    assert (await client.put("/api/v1/worker/outputs/model/late", content=b"x")).status_code == 410
    assert (await client.get("/api/v1/worker")).status_code == 410


async def test_metrics_that_are_none_hurt_nobody(platform: Platform) -> None:
    task = await submit(platform)
    garbage = [
        b'{"huge": 1' + b"0" * 400 + b', "a": 1}',
        b'{"infinite": 1e999, "nan": NaN, "b": 2}',
        b"[" * 100_000,
        b'{"\\u0000": 1, "\\ud800": 2}',
        b"\xff\xfe\x00",
        b'{"c": 3, "d": true, "e": "text"}',
        *(f'{{"name{n}": {n}}}'.encode() for n in range(2000)),
        b'{"c": 4}',
    ]
    await logs.append(platform, task.id, "metrics", 0, part="a", offset=0, content=b"\n".join(garbage))
    async with platform.database.transaction() as session:
        metrics = (await session.get_one(Task, task.id)).metrics
    assert len(metrics) == logs.METRICS and metrics["c"] == 4 and metrics["b"] == 2
    assert not {"infinite", "nan", "d", "e", "\0"} & set(metrics)
