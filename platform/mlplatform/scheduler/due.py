"""At which times a schedule is due: a pure function of its expression, its zone and two moments.

Where clocks change, it is as in Debian's cron: what is due at a fixed hour comes once a day, a time that the change leaves out right after it and a
time that comes twice the first time; what is due every hour or more often goes by the time that really passes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim

from mlplatform.models.schedule import ScheduleSpec

MOST = 100
"""Times that are caught up at once."""
GRACE = timedelta(seconds=60)
"""A time that is this late was not missed: longer than another scheduler takes to lead."""

AHEAD = timedelta(hours=3)
"""How far after now looking backwards begins: where clocks go back, what reads later may have been earlier. No zone goes back by more."""


def due(schedule: ScheduleSpec, last: datetime, now: datetime) -> list[datetime]:
    """The times after `last` up to and with `now` that are to begin something, in UTC and in order, by the schedule's catch-up policy."""
    most = 1 if schedule.catch_up == "last" else MOST
    earliest = max(last, now - GRACE) if schedule.catch_up == "skip" else last
    # Looked for backwards: after a year's pause nobody counts a year's minutes.
    start = (now + AHEAD).astimezone(ZoneInfo(schedule.timezone))
    times = (t.astimezone(UTC) for t in CronSim(schedule.cron, start, reverse=True))
    found: list[datetime] = []
    for time in takewhile(lambda t: t > earliest, times):
        if time <= now and time not in found:
            found.append(time)
        if len(found) == most:
            break
    return found[::-1]


def following(schedule: ScheduleSpec, now: datetime) -> datetime:
    """The first time after `now`, in UTC."""
    times = CronSim(schedule.cron, now.astimezone(ZoneInfo(schedule.timezone)))
    return next(t for t in (time.astimezone(UTC) for time in times) if t > now)
