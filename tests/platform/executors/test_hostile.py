"""Programs that mean no good, on the real platform with local processes: each ends in a named state, and harms nobody."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.platform.served import ROOT, Served, serve, wait_for
from tests.waiting import until

OPERATORS = Path(__file__).parents[1] / "operators"
LIMIT = 32 << 20
"""Bytes of a log that this platform keeps."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("operators")
    shutil.copytree(ROOT / "platform/operators", folder, dirs_exist_ok=True)
    shutil.copytree(OPERATORS / "hostile", folder / "hostile")
    runner = (folder / "runner.py").read_text()
    shorter, count = re.subn(r"^(GRACE|BACKLOG|METRICS) = [^#]+", _SHORT, runner, flags=re.MULTILINE)
    assert count == 3
    (folder / "runner.py").write_text(shorter)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLPLATFORM_OPERATORS", str(folder))
        patch.setenv("MLPLATFORM_LOG_LIMIT", str(LIMIT))
        with serve(tmp_path_factory.mktemp("hostile")) as found:
            yield found


def _SHORT(found: re.Match[str]) -> str:
    return f"{found[1]} = {({'GRACE': 1, 'BACKLOG': 4 << 20, 'METRICS': 8 << 20})[found[1]]}  "


@pytest.fixture(scope="module")
def client(running: Served) -> Iterator[httpx.Client]:
    with running.client() as found:
        yield found


def _begin(client: httpx.Client, do: str, **params: Any) -> str:
    body = {"operator": "hostile", "params": {"do": do, **params}}
    return str(client.post("/api/v1/tasks", json=body).raise_for_status().json()["id"])


def _end(client: httpx.Client, id_: str) -> dict[str, Any]:
    return wait_for(client, f"/api/v1/tasks/{id_}", ("succeeded", "failed", "cancelled"))


def _log(client: httpx.Client, id_: str, stream: str = "output") -> bytes:
    return client.get(f"/api/v1/tasks/{id_}/logs", params={"stream": stream}).raise_for_status().content


def _outputs(client: httpx.Client, task: dict[str, Any]) -> dict[str, str]:
    base = f"/api/v1/tasks/{task['id']}/outputs/out/"
    files = client.get(f"/api/v1/artifacts/{task['outputs']['out']}").raise_for_status().json()["files"]
    return {f["path"]: client.get(base + quote(f["path"])).raise_for_status().text for f in files}


def _sleepers(seconds: str) -> list[int]:
    """Processes `sleep SECONDS`, wherever they hang."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cmdline").read_bytes().split(b"\0")[:2] == [b"sleep", seconds.encode()]:
                found.append(int(process.name))
        except OSError:
            continue
    return found


QUIET = {
    "bytes_of_all_kinds": lambda log: log == bytes(range(256)) * 10,
    "one_line": lambda log: log == b"y" * (20 << 20),
    "silent": lambda log: log == b"before\n",
    "metrics_fifo": lambda log: log == b"logged all the same\n",
    "metrics_link": lambda log: log == b"logged all the same\n",
    "delete_all": lambda log: log == b"before\nafter\n",
    "children_hold_the_log": lambda log: log == b"parent\n",
    "locked": lambda log: log == b"logged\n",
    "truncates": lambda log: log == b"one\ntwo\n",
    "bomb_and_leave": lambda log: log == b"",
    "who_dies_first": lambda log: log == b"1000\n",
}


def test_what_is_odd_and_does_no_harm_succeeds_with_its_whole_log(client: httpx.Client) -> None:
    ids = {do: _begin(client, do) for do in QUIET}
    wrong = {}
    for do, id_ in ids.items():
        task, log = _end(client, id_), _log(client, id_)
        if task["state"] != "succeeded" or not QUIET[do](log):
            wrong[do] = (task["state"], task["reason"], len(log), log[:300])
    assert not wrong
    assert _outputs(client, _end(client, ids["locked"])) == {"deep/file": "kept"}
    assert _log(client, ids["metrics_link"], "metrics") == b""


def test_nothing_of_it_survives(client: httpx.Client) -> None:
    task = _end(client, _begin(client, "daemons"))
    assert task["state"] == "succeeded"
    assert _sleepers("4711") == []


def test_a_flood_is_cut_off_at_its_limit(client: httpx.Client) -> None:
    """150 MiB as fast as it can; the program itself ends only when it sees that its log was cut to the limit."""
    id_ = _begin(client, "flood", lines=150)
    assert _end(client, id_)["state"] == "succeeded"
    log = _log(client, id_)
    last = f"\nrunner: the log is longer than {LIMIT} bytes; what follows was not kept\n".encode()
    assert len(log) == LIMIT + len(last) and log.endswith(last) and log.startswith(b"x" * 1023 + b"\nx")


def test_what_does_not_listen_is_killed_and_says_so(client: httpx.Client) -> None:
    id_ = _begin(client, "stubborn")
    until(lambda: b"not me" in _log(client, id_), 30)
    client.post(f"/api/v1/tasks/{id_}/cancel").raise_for_status()
    assert _end(client, id_)["state"] == "cancelled"
    assert _log(client, id_) == b"not me\nrunner: it did not end within 1 seconds of SIGTERM and was killed\n"


def test_metrics_of_garbage_are_bounded_and_the_good_ones_kept(client: httpx.Client) -> None:
    id_ = _begin(client, "garbage_metrics")
    task = _end(client, id_)
    assert task["state"] == "succeeded" and task["metrics"] == {"good": 1}
    assert len(_log(client, id_, "metrics")) == 8 << 20
    assert b"metrics.jsonl is longer than" in _log(client, id_)


def test_links_and_devices_among_outputs_are_neither_followed_nor_waited_for(client: httpx.Client) -> None:
    first, second = _begin(client, "links"), _begin(client, "link_folder")
    task = _end(client, first)
    assert task["state"] == "succeeded"
    assert _outputs(client, task) == {"real": "kept", "latest": "kept"}
    log = _log(client, first).decode()
    for name in ("shadow", "folder", "gone", "fifo", *(["null"] if os.geteuid() == 0 else [])):
        assert f"runner: outputs/out/'{name}' is no regular file of this folder and was not kept" in log
    task = _end(client, second)
    assert task["state"] == "succeeded" and task["outputs"] == {}
    assert _log(client, second) == b"runner: outputs/out is a link and was not kept\n"


def test_names_of_outputs(client: httpx.Client) -> None:
    good, bad = _begin(client, "names"), [_begin(client, "name_of_lines"), _begin(client, "name_of_bytes")]
    task = _end(client, good)
    assert task["state"] == "succeeded", task["reason"]
    assert _outputs(client, task) == {"空格 and %2F?#": "kept"}
    for id_ in bad:
        task, says = _end(client, id_), "a name is UTF-8 without control characters"
        assert task["state"] == "failed" and "exit code 65" in task["reason"]["text"]["en"]
        assert says in task["reason"]["text"]["en"] and says in _log(client, id_).decode()


def test_a_full_disk_and_a_kill_end_it_with_its_last_words(client: httpx.Client) -> None:
    full, killed = _begin(client, "full_disk"), _begin(client, "killed")
    task = _end(client, full)
    assert task["state"] == "failed" and b"No space left on device" in _log(client, full)
    task = _end(client, killed)
    assert task["state"] == "failed" and "exit code 137" in task["reason"]["text"]["en"]
    assert _log(client, killed).startswith(b"last words\nrunner: the command was killed (SIGKILL)")
