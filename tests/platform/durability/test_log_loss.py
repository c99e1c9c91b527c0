"""Nothing that was written is lost, whoever is killed: API, scheduler, runner, command, PostgreSQL, in any order.

MLPLATFORM_KILL_SECONDS: how long the killer goes on; MLPLATFORM_KILL_SEED: another order.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.platform.durability.deployment import Deployment, deployed
from tests.platform.served import ROOT
from tests.waiting import until

SECONDS = float(os.environ.get("MLPLATFORM_KILL_SECONDS", "9"))
SEED = int(os.environ.get("MLPLATFORM_KILL_SEED", "8"))
TASKS = 3
VICTIMS = ("api", "scheduler", "runner", "runner and command", "command", "postgresql", "api and runner")
ENDS = ("succeeded", "failed", "cancelled")


@pytest.fixture
def platform_of_processes(tmp_path: Path) -> Iterator[Deployment]:
    operators = tmp_path / "operators"
    shutil.copytree(ROOT / "platform/operators", operators)
    shutil.copytree(Path(__file__).parents[1] / "operators/hostile", operators / "hostile")
    runner = (operators / "runner.py").read_text()
    assert runner.count("PAUSE = 10 ") == 1
    (operators / "runner.py").write_text(runner.replace("PAUSE = 10 ", "PAUSE = 0.5 "))
    with deployed(tmp_path, operators) as found:
        yield found


@pytest.mark.postgresql
def test_no_line_is_lost_or_doubled_whoever_is_killed(platform_of_processes: Deployment, tmp_path: Path) -> None:
    deployment, rng = platform_of_processes, random.Random(SEED)
    ids: list[str] = []
    killed: list[str] = []
    _keep_busy(deployment, ids, tmp_path)
    until(lambda: all(_notes(tmp_path, n) for n in range(TASKS)), 60)
    over = time.monotonic() + SECONDS
    while time.monotonic() < over:
        _keep_busy(deployment, ids, tmp_path)
        time.sleep(rng.uniform(0.2, 1.2))  # the time between two blows is part of the experiment
        killed.append(_strike(deployment, rng))
    until(deployment.answers, 60)
    for id_ in ids:
        until(lambda id_=id_: _cancelled(deployment, id_), 120)  # type: ignore[misc]
    _check(deployment, ids, tmp_path, killed)


def _keep_busy(deployment: Deployment, ids: list[str], folder: Path) -> None:
    """As many tasks as there should be: a killed command is an end of its own, which is not tried again."""
    with contextlib.suppress(httpx.HTTPError), deployment.client() as client:
        known = client.get("/api/v1/tasks").raise_for_status().json()["items"]
        for _ in range(TASKS - sum(t["state"] not in ENDS for t in known)):
            notes = folder / f"notes-{len(ids)}"
            notes.mkdir(exist_ok=True)
            body = {"operator": "hostile", "params": {"do": "numbered", "notes": str(notes)}, "retries": 100}
            ids.append(client.post("/api/v1/tasks", json=body).raise_for_status().json()["id"])


def _strike(deployment: Deployment, rng: random.Random) -> str:
    victim = rng.choice(VICTIMS)
    if victim == "postgresql":
        deployment.postgres.crash()
        time.sleep(rng.uniform(0, 1))
        deployment.postgres.start()
    if victim in ("api", "scheduler", "api and runner"):
        deployment.kill(victim.split()[0])
    if "runner" in victim or victim == "command":
        replicas = _replicas(deployment.folder / "work")
        if replicas:
            runner, command = rng.choice(replicas)
            for pid in {"runner": [runner], "command": [command]}.get(victim, [command, runner]):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    if victim in ("api", "scheduler", "api and runner"):
        time.sleep(rng.uniform(0, 1))
        if victim == "scheduler":
            # As a minute later: the next one leads, and nobody waits for the locks of the dead.
            deployment.postgres.execute("UPDATE lease SET expires = now()")
            deployment.postgres.execute("UPDATE task SET lock_expires = now()")
        deployment.start(victim.split()[0])
    return victim


def _replicas(work: Path) -> list[tuple[int, int]]:
    """Runner and command of each replica that runs."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            if (
                b"hostile.py" in (process / "cmdline").read_bytes()
                and str(work).encode() in (process / "environ").read_bytes()
            ):
                parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                if b"runner.py" in Path(f"/proc/{parent}/cmdline").read_bytes():
                    found.append((parent, int(process.name)))
    return sorted(found)


def _notes(folder: Path, n: int) -> list[int]:
    """How many lines each attempt had written for certain, in their order."""
    files = sorted((folder / f"notes-{n}").glob("[0-9]*"))
    return [int(f.read_text() or 0) for f in files]


def _cancelled(deployment: Deployment, id_: str) -> bool:
    """Whether it has ended; asked to as often as it takes."""
    with deployment.client() as client:
        client.post(f"/api/v1/tasks/{id_}/cancel")
        return client.get(f"/api/v1/tasks/{id_}").json().get("state") in ENDS


def _check(deployment: Deployment, ids: list[str], folder: Path, killed: list[str]) -> None:
    """Each attempt's lines are there from the first to the last that was written, in order, once."""
    attempts = 0
    for n, id_ in enumerate(ids):
        with deployment.client() as client:
            text = client.get(f"/api/v1/tasks/{id_}/logs").raise_for_status().text
            state = client.get(f"/api/v1/tasks/{id_}").json()
        kept: list[int] = []
        for line in text.splitlines():
            if line.startswith("runner: "):
                continue
            assert len(line) == 10, (line, killed)
            number = int(line)
            if number == 0:
                kept.append(0)
            assert number == kept[-1], (f"attempt {len(kept)} of task {n}", line, killed)
            kept[-1] += 1
        written = _notes(folder, n)
        assert len(kept) == len(written), (kept, written, killed, state["reason"])
        assert all(k >= w for k, w in zip(kept, written, strict=True)), (kept, written, killed)
        attempts += len(kept)
    print(f"\n{len(killed)} blows, {attempts} attempts of {len(ids)} tasks: nothing lost")
