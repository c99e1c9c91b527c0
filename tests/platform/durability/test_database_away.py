"""The database away: refused, frozen, killed. Callers are told, work goes on, nothing is lost or run twice, and all comes back by itself.

MLPLATFORM_AWAY_SECONDS: how long it is away each time.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mlplatform.core import tasks
from mlplatform.core.platform import open_platform
from mlplatform.embedded import settings_for
from mlplatform.executors.base import Status, Work
from mlplatform.scheduler import loops
from mlplatform.scheduler.loops import Scheduler
from mlplatform.storage import leases, locks

from tests.platform.durability.deployment import Deployment, deployed
from tests.platform.durability.test_log_loss import _notes
from tests.platform.postgresql import Postgres
from tests.platform.scheduler.test_loops import ANN, Fake, submit
from tests.platform.served import ROOT
from tests.waiting import until

LONG = "MLPLATFORM_AWAY_SECONDS" in os.environ
SECONDS = float(os.environ.get("MLPLATFORM_AWAY_SECONDS", "2"))
pytestmark = pytest.mark.postgresql


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    operators = tmp_path / "operators"
    shutil.copytree(ROOT / "platform/operators", operators)
    shutil.copytree(Path(__file__).parents[1] / "operators/hostile", operators / "hostile")
    with deployed(tmp_path, operators, database_timeout="1") as found:
        yield found


def test_callers_are_told_and_work_goes_on(deployment: Deployment, tmp_path: Path) -> None:
    (tmp_path / "notes-0").mkdir()
    body = {"operator": "hostile", "params": {"do": "numbered", "notes": str(tmp_path / "notes-0")}}
    with deployment.client() as client:
        id_ = client.post("/api/v1/tasks", json=body).raise_for_status().json()["id"]
    until(lambda: any(_notes(tmp_path, 0)), 60)
    postgres = deployment.postgres
    _away(deployment, tmp_path, postgres.crash, postgres.start)
    if LONG:  # psycopg waits 10 s for each connection that was in use; the loops below are frozen each time
        _away(deployment, tmp_path, lambda: postgres.freeze(True), lambda: postgres.freeze(False))
    with deployment.client() as client:
        until(lambda: client.get(f"/api/v1/tasks/{id_}").json()["state"] == "running", 30)
        client.post(f"/api/v1/tasks/{id_}/cancel").raise_for_status()
        until(lambda: client.get(f"/api/v1/tasks/{id_}").json()["state"] == "cancelled", 60)
        log = client.get(f"/api/v1/tasks/{id_}/logs").text.splitlines()
    written = _notes(tmp_path, 0)
    assert len(written) == 1, "it ran twice"
    assert [int(line) for line in log] == list(range(len(log))) and len(log) >= written[0]


def _away(deployment: Deployment, folder: Path, goes: Callable[[], None], comes: Callable[[], None]) -> None:
    """Take the database away for a while."""
    goes()
    left = time.monotonic()
    with deployment.client() as client:
        answer = client.get("/api/v1/tasks", headers={"Accept-Language": "en"})
        assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:slipway:problem:database" and "does not answer" in answer.json()["title"]
        assert client.get("/readyz").status_code == 503 and client.get("/healthz").status_code == 200
        before = _notes(folder, 0)
        until(lambda: time.monotonic() - left > SECONDS and _notes(folder, 0) > before, 60 + SECONDS)
        comes()
        until(lambda: deployment.answers("/readyz"), 30)
        assert client.get("/api/v1/tasks").status_code == 200


@pytest.mark.parametrize("how", ["freeze", "crash"])
async def test_never_two_leaders_and_nothing_starts_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(leases, "TERM", timedelta(seconds=1.5))
    monkeypatch.setattr(loops, "RENEW", 0.3)
    monkeypatch.setattr(locks, "LEASE", timedelta(seconds=1.5))  # of a row that somebody worked on just then
    postgres = await asyncio.to_thread(Postgres, "max_connections=60")
    settings = settings_for(tmp_path, "127.0.0.1", 8443)
    settings = settings.model_copy(update={"database_url": postgres.url, "database_timeout": 0.5})
    first, second = open_platform(settings), open_platform(settings)
    patient = open_platform(settings.model_copy(update={"database_timeout": 30}))  # a busy machine is not away
    fake = Fake()
    running: list[asyncio.Task[None]] = []
    try:
        await first.database.migrate()
        both = [Scheduler(p, fake, tick=0.2) for p in (first, second)]
        led: list[Any] = [_leading(s, monkeypatch) for s in both]
        running = [asyncio.create_task(s.run()) for s in both]
        ids = [(await submit(patient, 0.2)).id for _ in range(3)]
        await _until(lambda: len(fake.launches) == 3)
        if how == "freeze":
            await asyncio.to_thread(postgres.freeze, True)
        else:
            await asyncio.to_thread(postgres.crash)
        await asyncio.sleep(SECONDS)  # it is away
        if how == "freeze":
            await asyncio.to_thread(postgres.freeze, False)
        else:
            await asyncio.to_thread(postgres.start)
        late = await _patiently(lambda: submit(patient, 0.2))
        await _until(lambda: Work("task", late.id) in fake.seen)
        for id_ in (*ids, late.id):
            fake.seen[Work("task", id_)] = Status("succeeded")
        for id_ in (*ids, late.id):
            await _until(lambda id_=id_: _patiently(lambda: _state(patient, id_)), "succeeded")
        attempts = {(x.work.id, first.keyring.check_worker(x.token).attempt) for x in fake.launches}
        assert attempts == {(id_, 0) for id_ in (*ids, late.id)}  # another launch of an attempt only renews its token
        assert not _overlap(*led)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for platform in (first, second, patient):
            await platform.database.close()
        await asyncio.to_thread(postgres.close)


def _leading(scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float]]:
    """When its lease was renewed, and until when it held by that."""
    spans: list[tuple[float, float]] = []
    hold = scheduler._leadership.hold

    async def watched(*args: Any) -> bool:
        asked = time.monotonic()
        if held := await hold(*args):
            spans.append((asked, time.monotonic() + loops.RENEW))  # the longest that it acts without asking again
        return held

    monkeypatch.setattr(scheduler._leadership, "hold", watched)
    return spans


def _overlap(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> bool:
    return any(a[0] < b[1] and b[0] < a[1] for a in one for b in other)


async def _state(platform: Any, id_: str) -> str:
    return (await tasks.get(platform, ANN, id_)).state


async def _patiently(work: Callable[[], Any]) -> Any:
    """What a caller does who is told to try again."""
    for _ in range(50):
        try:
            return await work()
        except OSError:
            await asyncio.sleep(0.2)  # as it was told
    raise AssertionError("it did not come back")


async def _until(look: Callable[[], Any], wanted: Any = True) -> None:
    async def see() -> Any:
        found = look()
        return await found if asyncio.iscoroutine(found) else found

    async with asyncio.timeout(60):
        while await see() != wanted:
            await asyncio.sleep(0.02)
