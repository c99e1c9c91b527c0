"""How fast lists are: `python -m tests.bench.api [COUNT]`. docs/performance.md keeps the figures.

Fills SQLite and PostgreSQL with 100,000 tasks of 20 users, runs `mlplatform api` over them (https, uvicorn, loopback) and asks for pages of
50: the first, one deep inside, one of a state; as a user and as an administrator. Each is asked 200 times after 20 that do not count.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from mlplatform.core.platform import Platform, open_platform
from mlplatform.embedded import settings_for
from mlplatform.ids import new_id
from mlplatform.storage.database import Database
from mlplatform.storage.tables import Artifact, Task
from mlplatform.tokens import Caller
from sqlalchemy import insert, text

from tests.platform import postgresql
from tests.platform.served import ROOT
from tests.waiting import until

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
USERS = 20
BATCH = 1000
WARM, ASKED = 20, 200
STATES = [*["succeeded"] * 80, *["failed"] * 15, *["cancelled"] * 4, "queued"]
SPEC = {
    "image": "trainer",
    "command": ["python3", "${OPERATORS}/train-numpy/train.py"],
    "params": {"epochs": 30, "hidden": 64, "batch": 64, "learning_rate": 0.1, "test": 0.2, "seed": 0},
    "inputs": {"data": "0dxr3a0b1c2d3e4f"},
    "outputs": {"model": "model"},
    "resources": {"cpu": 0.5, "memory": "256Mi", "gpu": {"count": 0, "models": []}, "replicas": 1},
}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        opened = open_platform(settings_for(Path(folder) / "data", "127.0.0.1", _free_port()))
        measure("SQLite", opened)
        with postgresql.Postgres(log=Path(folder, "postgresql.log")) as server:
            measure("PostgreSQL", replace(opened, database=Database(server.url)))


def measure(name: str, platform: Platform) -> None:
    """Fill, serve, ask, print."""
    began = time.monotonic()
    ids = asyncio.run(fill(platform))
    print(f"{name}: {COUNT} tasks stored in {time.monotonic() - began:.0f} s", flush=True)
    trust = ssl.create_default_context(cafile=str(platform.settings.tls_ca))
    with serve(platform, trust):
        for who in (Caller("user7", "user"), Caller("root", "admin")):
            headers = {"Authorization": f"Bearer {platform.keyring.issue_caller(who, 3600)}"}
            with httpx.Client(
                base_url=platform.settings.api_url, headers=headers, verify=trust, trust_env=False
            ) as client:
                for label, query in {
                    "first page": {},
                    "deep cursor": {"cursor": ids[COUNT // 10]},
                    "state=failed": {"state": "failed"},
                    "state=queued": {"state": "queued"},
                    "state=failed, deep": {"state": "failed", "cursor": ids[COUNT // 2]},
                }.items():
                    times = ask(client, {"limit": 50, **query})
                    cuts = statistics.quantiles(times, n=20)
                    print(f"  {who.role:6} {label:20} p50 {cuts[9]:6.1f} ms   p95 {cuts[18]:6.1f} ms", flush=True)


def ask(client: httpx.Client, query: dict[str, Any]) -> list[float]:
    """Milliseconds of each answer."""
    times = []
    for _ in range(WARM + ASKED):
        began = time.perf_counter()
        answer = client.get("/api/v1/tasks", params=query)
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.text
        assert answer.json()["items"], "an empty page measures nothing"
    return times[WARM:]


async def fill(platform: Platform) -> list[str]:
    """Store the tasks, each that succeeded with an output; returns their ids, oldest first."""
    chance = random.Random(1)
    await platform.database.migrate()
    now = datetime.now(UTC)
    ids: list[str] = []
    for begin in range(0, COUNT, BATCH):
        rows = [_row(new_id(), chance, now + timedelta(seconds=begin + i)) for i in range(BATCH)]
        rows.sort(key=lambda row: str(row["id"]))
        ids += [row["id"] for row in rows]
        outputs = [_output(row) for row in rows if row["state"] == "succeeded"]
        async with platform.database.transaction() as session:
            await session.execute(insert(Task), rows)
            await session.execute(insert(Artifact), outputs)
    async with platform.database.transaction() as session:
        await session.execute(text("ANALYZE"))
    await platform.database.close()
    return ids


def _row(id_: str, chance: random.Random, created: datetime) -> dict[str, Any]:
    state = chance.choice(STATES)
    return {
        "id": id_,
        "name": f"run {chance.randrange(1000)}",
        "owner": f"user{chance.randrange(USERS)}",
        "tenant": "default",
        "operator": "train-numpy",
        "operator_version": "1.0.0",
        "spec": SPEC,
        "priority": 0,
        "state": state,
        "reason": None,
        "placement": ["n1"],
        "created_at": created,
        "started_at": created,
        "finished_at": created,
        "metrics": {"accuracy": 0.97, "loss": 0.1},
        "retries": 0,
        "attempt": 0,
        "paused": False,
    }


def _output(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": "output",
        "name": f"{row['id']}/model",
        "version": 1,
        "owner": row["owner"],
        "task_id": row["id"],
        "metrics": {},
        "created_at": row["created_at"],
    }


@contextmanager
def serve(platform: Platform, trust: ssl.SSLContext) -> Iterator[None]:
    """`mlplatform api` as a process."""
    settings = platform.settings.model_dump(mode="json", exclude_none=True) | {
        "database_url": platform.database.url.render_as_string(hide_password=False),
        "host": "127.0.0.1",
        "images": "{}",
    }
    environment = os.environ | {f"MLPLATFORM_{name.upper()}": str(value) for name, value in settings.items()}
    environment["PYTHONPATH"] = str(ROOT / "platform")
    command = [sys.executable, "-m", "mlplatform", "api"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)

    def answers() -> bool:
        assert process.poll() is None, "the API ended"
        try:
            return httpx.get(f"{platform.settings.api_url}/readyz", verify=trust, trust_env=False).is_success
        except httpx.TransportError:
            return False

    try:
        until(answers)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
