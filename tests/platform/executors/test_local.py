"""The contract over local processes, and what is theirs alone: nothing outlives the platform."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.platform.executors.contract import ExecutorContract
from tests.platform.served import ROOT, Served, digits, serve, wait_for

PROBE = Path(__file__).parents[1] / "operators/probe"


@pytest.fixture(scope="module")
def operators(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The system operators and the tests' own."""
    folder = tmp_path_factory.mktemp("operators")
    shutil.copytree(ROOT / "platform/operators", folder, dirs_exist_ok=True)
    shutil.copytree(PROBE, folder / "probe")
    return folder


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, operators: Path) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLPLATFORM_OPERATORS", str(operators))
        with serve(tmp_path_factory.mktemp("local")) as found:
            yield found


@pytest.fixture(scope="module")
def client(running: Served) -> Iterator[httpx.Client]:
    with running.client() as found:
        yield found


class TestLocal(ExecutorContract):
    """Everything that the contract asks for."""

    def test_nothing_is_left_of_ended_work(self, client: httpx.Client, running: Served) -> None:
        self.ended(client, self.run(client, "probe", params={"do": "copy"}))
        deadline = time.monotonic() + 30
        while any((running.data / "work").iterdir()) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert list((running.data / "work").iterdir()) == []

    def test_a_checkpoint_comes_back_when_the_task_runs_again(self, client: httpx.Client, running: Served) -> None:
        task = self.run(client, "probe", params={"do": "resume"})
        path = f"/api/v1/tasks/{task['id']}"
        deadline = time.monotonic() + 60
        while "saved" not in self.log(client, task) and time.monotonic() < deadline:
            time.sleep(0.1)
        client.post(f"{path}/cancel").raise_for_status()  # a signal to the runner, as when it makes room for others
        wait_for(client, path, ("cancelled",))
        with contextlib.closing(sqlite3.connect(running.data / "platform.db", timeout=30)) as database:
            database.execute("UPDATE task SET state = 'queued', finished_at = NULL WHERE id = ?", (task["id"],))
            database.commit()
        assert self.ended(client, task)["state"] == "succeeded"
        assert client.get(f"{path}/outputs/copy/resumed").text == "3"


def test_work_dies_with_a_killed_platform_and_the_next_start_knows(tmp_path: Path, operators: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLPLATFORM_OPERATORS", str(operators))
        with serve(tmp_path) as first, first.client() as client:
            client.post("/api/v1/datasets/d", params={"file": "digits.csv.gz"}, content=digits()).raise_for_status()
            body = {"operator": "probe", "params": {"do": "hang"}, "inputs": {"data": {"dataset": "d"}}}
            task = client.post("/api/v1/tasks", json=body).raise_for_status().json()
            wait_for(client, f"/api/v1/tasks/{task['id']}", ("running",))
            log = f"/api/v1/tasks/{task['id']}/logs"
            deadline = time.monotonic() + 60
            while "hanging" not in client.get(log).text:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert _processes_of(tmp_path)
            os.kill(first.pid, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while _processes_of(tmp_path):
            assert time.monotonic() < deadline, "the work outlived its platform"
            time.sleep(0.1)
        with serve(tmp_path) as second, second.client() as client:
            seen = wait_for(client, f"/api/v1/tasks/{task['id']}", ("failed",))
            assert "gone" in seen["reason"]["text"]["en"]
            assert "hanging" in client.get(log).text  # the log is still there


def test_a_task_whose_process_was_killed_starts_anew_and_its_log_goes_on(client: httpx.Client, running: Served) -> None:
    body = {"operator": "probe", "params": {"do": "hang"}, "inputs": {"data": {"dataset": "digits"}}, "retries": 1}
    task = client.post("/api/v1/tasks", json=body).raise_for_status().json()
    path = f"/api/v1/tasks/{task['id']}"
    for attempt in (1, 2):
        deadline = time.monotonic() + 60
        while client.get(f"{path}/logs").text.count("hanging") < attempt:
            assert time.monotonic() < deadline, client.get(path).text
            time.sleep(0.1)
        for pid in _processes_of(running.data):
            os.kill(pid, signal.SIGKILL)
    seen = wait_for(client, path, ("failed",))  # no retries left
    assert seen["retries"] == 0 and "SIGKILL" in seen["reason"]["text"]["en"]


def _processes_of(data: Path) -> list[int]:
    """Processes whose environment names a work folder of this platform."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"MLP_TASK={data.resolve()}/work".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found
