"""What a round of the scheduler's loops costs while 15,000 tasks wait: `python -m tests.bench.rounds`. docs/performance.md keeps the figures.

On SQLite and on PostgreSQL, in this process, with the executor for simulation: the first round, in which 600 start and every other gets its
first reason; a round after which one more has come; one in which everything that ran has ended and 600 start; and a round over what runs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from mlplatform.core.platform import Platform, open_platform
from mlplatform.embedded import settings_for
from mlplatform.executors.simulated import SimulatedExecutor
from mlplatform.ids import new_id
from mlplatform.models.operator import Resources
from mlplatform.models.tenant import Limits
from mlplatform.models.workload import WorkloadSpec
from mlplatform.scheduler.loops import Scheduler
from mlplatform.storage.database import Database
from mlplatform.storage.tables import Task
from sqlalchemy import insert, update

from tests.bench.deployed import postgresql

COUNT, CORES, TENANTS = 15_000, 600, 30


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        asyncio.run(_measure("SQLite", Path(folder), None))
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder, postgresql() as (url, _):
        asyncio.run(_measure("PostgreSQL", Path(folder), url.render_as_string()))
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


async def _measure(name: str, folder: Path, url: str | None) -> None:
    opened = open_platform(settings_for(folder, "127.0.0.1", 8443))
    platform = replace(opened, database=Database(url)) if url else opened
    await platform.database.migrate()
    await _fill(platform, COUNT)
    executor = SimulatedExecutor({"n": Limits(cpu=CORES)}, lambda: None)
    scheduler = Scheduler(platform, executor, tick=0.5)
    await _timed(f"{name}: first round, {CORES} start, all others get a reason", scheduler.dispatch)
    await _timed(f"{name}: a round over the {CORES} that run", scheduler.watch_tasks)
    await _timed(f"{name}: nothing changed", scheduler.dispatch)
    await _fill(platform, 1)
    await _timed(f"{name}: one more came", scheduler.dispatch)
    async with platform.database.transaction() as session:
        ended: dict[str, Any] = {"state": "succeeded", "finished_at": datetime.now(UTC)}
        await session.execute(update(Task).where(Task.state == "running").values(**ended))
    await _timed(f"{name}: all that ran has ended, {CORES} start", scheduler.dispatch)
    await executor.close()
    await platform.database.close()
    await opened.database.close()


async def _timed(what: str, step: Callable[[], Awaitable[float]]) -> None:
    began, own = time.monotonic(), time.process_time()
    await step()
    print(f"{what}: {time.monotonic() - began:.2f} s, of which {time.process_time() - own:.2f} s processor", flush=True)


async def _fill(platform: Platform, count: int) -> None:
    """Tasks of one core each that wait."""
    resources = Resources(cpu=1, memory="1Mi")
    spec = WorkloadSpec(
        image="i", command=["c"], params={"seconds": 600}, inputs={}, outputs={}, resources=resources
    ).model_dump()
    row = {
        "name": "t",
        "owner": "ann",
        "operator": "o",
        "operator_version": "1.0.0",
        "spec": spec,
        "priority": 0,
        "state": "queued",
        "placement": [],
        "metrics": {},
        "retries": 0,
        "attempt": 0,
        "paused": False,
        "created_at": datetime.now(UTC),
    }
    rows = [row | {"id": new_id(), "tenant": f"t{i % TENANTS}"} for i in range(count)]
    async with platform.database.transaction() as session:
        await session.execute(insert(Task), rows)


if __name__ == "__main__":
    main()
