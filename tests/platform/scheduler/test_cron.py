"""Schedules on both databases: one entry for each time, whoever looks and whatever dies; what overlaps; what cannot begin."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mlplatform.core import artifacts, runs, schedules, tasks, workflows
from mlplatform.core.pages import Want
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem
from mlplatform.models.schedule import EntryView, ScheduleSpec
from mlplatform.scheduler.cron import Timekeeper
from mlplatform.storage.blobs import once
from mlplatform.storage.tables import Schedule
from sqlalchemy import event, select

from tests.platform.conftest import ClientOf
from tests.platform.scheduler.fake import ANN, CHAIN, all_tasks

TASK = {"operator": "split", "inputs": {"data": {"dataset": "d"}}}
HOURLY: dict[str, Any] = {"cron": "0 * * * *", "workflow": "flow", "catch_up": "all"}
BEGIN = datetime(2026, 5, 1, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def data(platform: Platform) -> None:
    await artifacts.upload_dataset(platform, ANN, "d", "d.csv", once(b"x,y\n1,a\n2,b\n"))
    await workflows.put(platform, ANN, "flow", CHAIN)


async def write(platform: Platform, **more: Any) -> None:
    """A schedule that has seen everything until BEGIN."""
    await schedules.put(platform, ANN, "s", ScheduleSpec.model_validate(HOURLY | more))
    async with platform.database.transaction() as session:
        (row,) = await session.scalars(select(Schedule))
        row.seen_until, row.next_at = BEGIN, BEGIN + timedelta(minutes=30)


async def entries(platform: Platform) -> list[EntryView]:
    return (await schedules.entries(platform, ANN, "s", Want(limit=100))).items[::-1]


def hours(count: float) -> datetime:
    return BEGIN + timedelta(hours=count)


async def test_each_time_begins_once_with_several_processes(platform: Platform) -> None:
    await write(platform)
    await Timekeeper(platform).round(hours(0.4))
    assert await entries(platform) == []
    await asyncio.gather(*(Timekeeper(platform).round(hours(3)) for _ in range(4)))
    found = await entries(platform)
    assert [e.due.hour for e in found] == [1, 2, 3] and {e.state for e in found} == {"begun"}
    assert len({e.run for e in found}) == 3
    await Timekeeper(platform).round(hours(3.2))
    assert len(await entries(platform)) == 3
    seen = await schedules.get(platform, ANN, "s")
    assert seen.last == found[-1].due and seen.next == found[-1].due + timedelta(hours=1)


class Crash(BaseException):
    """As kill -9."""


async def test_a_crash_at_any_statement_neither_loses_a_time_nor_doubles_it(platform: Platform) -> None:
    await write(platform, workflow=None, task=TASK)
    engine = platform.database.engine.sync_engine
    statements = limit = rounds = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1
        if statements == limit:
            raise Crash

    event.listen(engine, "before_cursor_execute", count)
    try:
        crashed = True
        while crashed:
            limit, statements, rounds, crashed = limit + 1, 0, rounds + 1, False
            try:
                await Timekeeper(platform).round(hours(rounds))
            except Crash:
                crashed = True
            statements = 10**9
            await Timekeeper(platform).round(hours(rounds))
            assert len(await entries(platform)) == len(await all_tasks(platform)) == rounds
        assert rounds > 8
    finally:
        event.remove(engine, "before_cursor_execute", count)


@pytest.mark.parametrize(
    ("policy", "states", "running"),
    [
        ("allow", ["begun", "begun"], ["running", "running"]),
        ("forbid", ["begun", "left_out"], ["running"]),
        ("replace", ["begun", "begun"], ["cancelling", "running"]),
    ],
)
async def test_what_meets_a_run_that_still_runs(
    platform: Platform, policy: str, states: list[str], running: list[str]
) -> None:
    await write(platform, concurrency=policy)
    await Timekeeper(platform).round(hours(1))
    await Timekeeper(platform).round(hours(2))
    found = await entries(platform)
    assert [e.state for e in found] == states
    assert [(await runs.get(platform, ANN, e.run)).state for e in found if e.run] == running
    if policy == "forbid":
        assert found[1].reason and found[1].reason.code == "still_running"
        await runs.cancel(platform, ANN, found[0].run or "")


async def test_a_scheduled_task_is_replaced_too(platform: Platform) -> None:
    await write(platform, workflow=None, task=TASK, concurrency="replace")
    for count in (1, 2):
        await Timekeeper(platform).round(hours(count))
    first, second = await entries(platform)
    assert (await tasks.get(platform, ANN, first.task or "")).state == "cancelled"
    assert (await tasks.get(platform, ANN, second.task or "")).state == "queued"


async def test_what_cannot_begin_says_why_and_the_next_time_comes(platform: Platform) -> None:
    await write(platform)
    await workflows.delete(platform, ANN, "flow")
    await Timekeeper(platform).round(hours(1))
    (failed,) = await entries(platform)
    assert failed.state == "failed" and failed.reason and failed.reason.text.en == "There is no such workflow. flow"
    await workflows.put(platform, ANN, "flow", CHAIN)
    await Timekeeper(platform).round(hours(2))
    assert [e.state for e in await entries(platform)] == ["failed", "begun"]


async def test_a_paused_schedule_begins_nothing_and_catches_nothing_up(platform: Platform) -> None:
    await write(platform)
    assert (await schedules.set_paused(platform, ANN, "s", True)).next is None
    await Timekeeper(platform).round(hours(5))
    assert await entries(platform) == []
    resumed = await schedules.set_paused(platform, ANN, "s", False)
    assert resumed.next and resumed.next > datetime.now(UTC)
    await Timekeeper(platform).round()
    assert await entries(platform) == []


async def test_schedules_over_the_api(client_of: ClientOf, platform: Platform) -> None:
    ann, bob = client_of(), client_of("bob")
    made = await ann.put("/api/v1/schedules/nightly", json=HOURLY | {"timezone": "Asia/Shanghai"})
    assert made.status_code == 201, made.text
    assert made.json()["next"] and made.json()["last"] is None
    same = await ann.put("/api/v1/schedules/nightly", json=HOURLY | {"timezone": "Asia/Shanghai"})
    assert (same.status_code, same.json()) == (200, made.json())
    for wrong, says in (
        ({"cron": "0 0 * *"}, "five fields"),
        ({"timezone": "Mars"}, "no time zone"),
        ({"task": TASK}, "either a workflow or a task"),
        ({"surprise": 1}, "surprise"),
    ):
        answer = await ann.put("/api/v1/schedules/nightly", json=HOURLY | wrong)
        assert answer.status_code == 422 and says in answer.json()["detail"]
    wrong_task = HOURLY | {"workflow": None, "task": TASK | {"params": {"seed": -1}}}
    assert (await ann.put("/api/v1/schedules/nightly", json=wrong_task)).status_code == 422
    assert await all_tasks(platform) == []
    assert (await ann.put("/api/v1/schedules/x", json=HOURLY | {"workflow": "none"})).status_code == 404
    assert (await bob.put("/api/v1/schedules/nightly", json=HOURLY)).status_code == 409
    assert (await ann.post("/api/v1/schedules/nightly/pause")).json()["paused"]
    assert not (await ann.post("/api/v1/schedules/nightly/resume")).json()["paused"]
    for path in ("", "/entries"):
        assert (await bob.get(f"/api/v1/schedules/nightly{path}")).status_code == 404
    assert (await bob.get("/api/v1/schedules")).json()["items"] == []
    assert [s["name"] for s in (await ann.get("/api/v1/schedules")).json()["items"]] == ["nightly"]
    await Timekeeper(platform).round(datetime.now(UTC) + timedelta(hours=2))
    (*_, entry) = (await ann.get("/api/v1/schedules/nightly/entries")).json()["items"]
    assert (await ann.get(f"/api/v1/runs/{entry['run']}")).json()["state"] == "running"
    assert (await ann.delete("/api/v1/schedules/nightly")).status_code == 204
    assert (await ann.get("/api/v1/schedules/nightly")).status_code == 404
    assert (await ann.get(f"/api/v1/runs/{entry['run']}")).status_code == 200
    with pytest.raises(Problem, match="not_found"):
        await schedules.delete(platform, ANN, "nightly")
