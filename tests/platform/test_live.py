"""Following what happens: on both databases, where another process makes it happen; and over https from a platform that runs."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from mlplatform import policy
from mlplatform.core import logs, tasks
from mlplatform.core.live import Change, End, Live, Missed, Piece
from mlplatform.core.platform import Platform
from mlplatform.storage.database import Database
from mlplatform.tokens import Caller, Keyring

from tests.platform.api import story
from tests.platform.served import Served, serve, wait_for

ANN, BOB = Caller("ann", "user"), Caller("bob", "user")
FOREVER = 2**40


@pytest.fixture
async def elsewhere(platform: Platform) -> AsyncIterator[Platform]:
    """The same platform in another process, where databases are shared by processes."""
    if platform.database.engine.dialect.name == "sqlite":
        yield platform
        return
    other = replace(platform, database=Database(platform.database.url.render_as_string(hide_password=False)))
    yield other
    await other.database.close()


@pytest.fixture
async def live(platform: Platform) -> AsyncIterator[Live]:
    await story.tell(platform)
    following = Live(platform)
    running = asyncio.create_task(following.run())
    yield following
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def write(platform: Platform, content: bytes, id_: str = story.RUNNING) -> None:
    begin = await logs.append(platform, id_, "output", 0, part="a", offset=0, content=b"")
    await logs.append(platform, id_, "output", 0, part="a", offset=begin, content=content)


async def test_a_log_is_followed_to_its_end_and_goes_on_after_any_piece(live: Live, elsewhere: Platform) -> None:
    whole = "one ✓ two 夜 three\n".encode()
    pieces: list[Piece] = []
    follower = live.log(story.RUNNING, "output", 0, 0, FOREVER)
    listening = asyncio.create_task(anext(follower))
    for i in range(len(whole)):  # every character is cut somewhere
        await write(elsewhere, whole[i : i + 1])
        if i == 0:
            pieces.append(await asyncio.wait_for(listening, 20))  # type: ignore[arg-type]
    await tasks.cancel(elsewhere, ANN, story.RUNNING)  # it was running: what is told to end goes on until it has
    ended = asyncio.create_task(_end(elsewhere))
    async with asyncio.timeout(20):
        found = [f async for f in follower]
    await ended
    assert found[-1] == End("ended")
    pieces += [f for f in found if isinstance(f, Piece)]
    assert "".join(p.text for p in pieces).encode() == whole
    for piece in pieces:
        rest = [f async for f in live.log(story.RUNNING, "output", 0, piece.end, FOREVER)]
        assert "".join(f.text for f in rest if isinstance(f, Piece)).encode() == whole[piece.end :]


async def _end(platform: Platform) -> None:
    """As the watch loop ends it."""
    from mlplatform.storage.tables import Task
    from sqlalchemy import update

    async with platform.database.transaction() as session:
        await session.execute(update(Task).where(Task.id == story.RUNNING).values(state="cancelled"))
        await platform.database.changes.announce(session, f"task/{story.RUNNING}")


async def test_changes_reach_who_sees_them(live: Live, elsewhere: Platform) -> None:
    hers, his = live.changes(ANN, FOREVER), live.changes(BOB, time.time() + 3)
    assert await anext(hers) == await anext(his) == Missed()
    while True:  # a connection that listens a moment later than this says that something may have been missed
        changed = asyncio.create_task(anext(hers))
        await tasks.cancel(elsewhere, ANN, story.RUNNING)
        async with asyncio.timeout(20):
            found = await changed
        if found != Missed():
            break
    assert found == Change(kind="task", id=story.RUNNING, name="digits", state="cancelling")
    async with asyncio.timeout(20):
        assert [f async for f in his if f != Missed()] == [End("expired")]


async def test_who_reads_slowly_is_told_to_look_again(
    live: Live, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_ring", type(live._ring)(maxlen=2))
    slow = live.changes(ANN, FOREVER)
    assert await anext(slow) == Missed()
    for number in range(3):
        live._lay(policy.Place("default", "ann"), Change(kind="task", id=str(number), name="", state="queued"))
    assert await anext(slow) == Missed()
    live._lay(policy.Place("default", "ann"), Change(kind="task", id="3", name="", state="queued"))
    assert await anext(slow) == Change(kind="task", id="3", name="", state="queued")


async def test_a_follower_holds_no_connection_and_leaves_nothing_behind(live: Live, platform: Platform) -> None:
    followers = [live.log(story.RUNNING, "output", 0, 0, FOREVER) for _ in range(50)]
    waiting = [asyncio.create_task(anext(f)) for f in followers]
    async with asyncio.timeout(20):
        while len(live._woken.get(story.RUNNING, ())) < 50:
            await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await write(platform, b"x")  # with every one of them waiting there is a connection
        assert [piece.end for piece in await asyncio.gather(*waiting)] == [1] * 50  # type: ignore[union-attr]
    for follower in followers:
        await follower.aclose()  # type: ignore[attr-defined]
    assert live._woken == {}


def events(answer: httpx.Response) -> Iterator[tuple[str, str, Any]]:
    """Event, id and data of each event of a stream."""
    event = id_ = ""
    for line in answer.iter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            event = value
        elif field == "id":
            id_ = value
        elif field == "data":
            yield event, id_, json.loads(value)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("live")) as platform:
        with platform.client() as client:
            client.post(
                "/api/v1/datasets/d", params={"file": "d.csv"}, content=b"1,2,a\n3,4,b\n" * 20
            ).raise_for_status()
        yield platform


def submit(client: httpx.Client, **more: Any) -> str:
    work = {"operator": "train-numpy", "inputs": {"data": {"dataset": "d"}}} | more
    return str(client.post("/api/v1/tasks", json=work).raise_for_status().json()["id"])


def test_over_https(running: Served) -> None:
    with running.client() as client, client.stream("GET", "/api/v1/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        following = events(stream)
        assert next(following)[0] == "look"
        id_ = submit(client)
        states = []
        for event, _, data in following:
            if event == "change" and data["id"] == id_:
                states.append(data["state"])
            if states[-1:] == ["succeeded"]:
                break
        assert states == sorted(states, key=["queued", "starting", "running", "succeeded"].index)
        log = f"/api/v1/tasks/{id_}/logs"
        with client.stream("GET", f"{log}/events", headers={"Last-Event-ID": "3"}) as answer:
            found = list(events(answer))
        assert found[-1][::2] == ("end", "ended")
        assert "".join(data for event, _, data in found if event == "log") == client.get(log).text[3:]
        assert client.get("/api/v1/tasks/none/logs/events").status_code == 404


def test_a_stream_ends_with_its_token(running: Served) -> None:
    ring = Keyring.load(running.data / "keys")
    token = ring.issue_caller(Caller("ann", "user"), 2)
    with running.client() as client:
        client.headers["Authorization"] = f"Bearer {token}"
        with client.stream("GET", "/api/v1/events") as stream:
            assert [(event, data) for event, _, data in events(stream)] == [("look", ""), ("end", "expired")]


def test_the_command_line_follows_a_log(running: Served) -> None:
    with running.client() as client:
        id_ = submit(client)
        command = [sys.executable, "-m", "mlplatform", "logs", "-f", id_, "--data", str(running.data)]
        said = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True, cwd=Path("platform"))
        wait_for(client, f"/api/v1/tasks/{id_}", ("succeeded",))
        assert said.stdout == client.get(f"/api/v1/tasks/{id_}/logs").text != ""
        plain = subprocess.run(
            [c for c in command if c != "-f"],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            cwd=Path("platform"),
        )
        assert plain.stdout == said.stdout


def test_the_server_ends_at_once_though_streams_are_open(tmp_path: Path) -> None:
    with serve(tmp_path) as platform:
        ended: list[Any] = []
        ready = threading.Event()

        def follow() -> None:
            with platform.client() as client, client.stream("GET", "/api/v1/events") as stream:
                for event, _, data in events(stream):
                    ready.set()
                    ended.append((event, data))

        follower = threading.Thread(target=follow)
        follower.start()
        assert ready.wait(30)
    follower.join(30)  # `serve` has ended the process in order, and it did not have to cut the stream off
    assert ended[-1] == ("end", "closing")
    assert "timeout graceful shutdown" not in (tmp_path / "serve.log").read_text()
