"""When a schedule is due: by example where clocks change, and that no time is lost or comes twice wherever one looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st
from mlplatform.models.schedule import ScheduleSpec
from mlplatform.scheduler.due import GRACE, MOST, due, following
from pydantic import ValidationError

BERLIN = "Europe/Berlin"


def spec(cron: str, timezone: str = "UTC", catch_up: str = "all", **more: Any) -> ScheduleSpec:
    return ScheduleSpec.model_validate(
        {"cron": cron, "timezone": timezone, "catch_up": catch_up, "workflow": "w"} | more
    )


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "last", "now", "times"),
    [
        ("0 2 * * *", "UTC", "2026-05-01T02:00", "2026-05-03T02:00", ["2026-05-02T02:00", "2026-05-03T02:00"]),
        ("0 2 * * *", "UTC", "2026-05-01T02:00", "2026-05-02T01:59", []),
        ("0 2 * * *", "Asia/Shanghai", "2026-05-01T00:00", "2026-05-01T23:00", ["2026-05-01T18:00"]),
        # Berlin, 29 March 2026: 02:00 becomes 03:00. What is due at 02:30 comes at 03:00 summer time, once.
        ("30 2 * * *", BERLIN, "2026-03-28T02:00", "2026-03-30T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        ("30 * * * *", BERLIN, "2026-03-29T00:00", "2026-03-29T02:00", ["2026-03-29T00:30", "2026-03-29T01:30"]),
        # Berlin, 25 October 2026: 03:00 becomes 02:00. What is due at 02:30 comes the first time, what is due each hour both times.
        ("30 2 * * *", BERLIN, "2026-10-24T12:00", "2026-10-25T12:00", ["2026-10-25T00:30"]),
        ("30 * * * *", BERLIN, "2026-10-25T00:00", "2026-10-25T02:00", ["2026-10-25T00:30", "2026-10-25T01:30"]),
        # Asked while the clock shows 02:10 the second time, of 02:30 the first time.
        ("30 2 * * *", BERLIN, "2026-10-25T00:20", "2026-10-25T01:10", ["2026-10-25T00:30"]),
        # Lord Howe Island goes back by half an hour.
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00", "2026-04-04T16:00", ["2026-04-04T14:45"]),
        ("0 0 29 2 *", "UTC", "2024-02-29T00:00", "2028-03-01T00:00", ["2028-02-29T00:00"]),
    ],
)  # fmt: skip
def test_times(cron: str, zone: str, last: str, now: str, times: list[str]) -> None:
    assert due(spec(cron, zone), utc(last), utc(now)) == [utc(t) for t in times]


def test_what_was_missed_is_caught_up_by_policy() -> None:
    last, now = utc("2026-01-01T00:00"), utc("2026-07-01T00:00:20")
    every = due(spec("* * * * *"), last, now)
    assert len(every) == MOST and every[-1] == utc("2026-07-01T00:00")  # the newest, after half a year of minutes
    assert due(spec("* * * * *", catch_up="last"), last, now) == every[-1:]
    assert due(spec("* * * * *", catch_up="skip"), last, now) == every[-1:]  # it is 20 s late, not missed
    assert due(spec("0 2 * * *", catch_up="skip"), last, now) == []
    assert due(spec("0 2 * * *", catch_up="last"), last, now) == [utc("2026-06-30T02:00")]
    assert due(spec("0 0 * * *", catch_up="skip"), last, utc("2026-07-01T00:00") + GRACE) == []


@pytest.mark.parametrize(
    "cron", ["* * * *", "* * * * * *", "60 * * * *", "0 0 31 2 *", "soon and then * *", "@daily now x y z"]
)
def test_what_is_no_expression_is_refused(cron: str) -> None:
    with pytest.raises(ValidationError, match="cron"):
        spec(cron)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "", "CEST+2"])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError, match="timezone"):
        spec("0 0 * * *", zone)


ZONES = [BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "UTC"]
CRONS = ["30 2 * * *", "0 * * * *", "*/20 2 * * *", "15,45 1-3 * * *", "*/7 * * * *", "0 3 * * SUN", "59 2 1-7 * *"]
CHANGES = [utc(t) for t in ("2026-03-29T01:00", "2026-10-25T01:00", "2026-03-08T07:00", "2026-11-01T06:00", "2026-04-04T15:00")]  # fmt: skip
moments = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(-300, 300),
)


@settings(deadline=None)
@given(st.sampled_from(CRONS), st.sampled_from(ZONES), moments, st.lists(st.integers(1, 200), min_size=1, max_size=6))
def test_wherever_one_looks_no_time_is_lost_or_comes_twice(
    cron: str, zone: str, start: datetime, steps: list[int]
) -> None:
    schedule = spec(cron, zone)
    end, seen, last = start + timedelta(minutes=sum(steps)), [], start
    for step in steps:
        now = last + timedelta(minutes=step)
        seen += due(schedule, last, now)
        last = now
    forward = CronSim(cron, (start - timedelta(days=8)).astimezone(ZoneInfo(zone)))
    expected: list[datetime] = []
    for time in (t.astimezone(UTC) for t in forward):
        if time > end + timedelta(hours=3):
            break
        if start < time <= end and time not in expected:
            expected.append(time)
    assert seen == expected
    first = following(schedule, start)
    assert first > start and (not expected or first == min(expected))
