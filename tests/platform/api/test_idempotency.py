"""Idempotency keys: asked again, answered again, nothing created twice; on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mlplatform.api.app import make_app
from mlplatform.core import artifacts, replies
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem
from mlplatform.storage.blobs import once
from mlplatform.storage.tables import Reply
from mlplatform.tokens import Caller
from sqlalchemy import func, select, update

from tests.platform.api import story
from tests.platform.api.test_api import upload, work
from tests.platform.api.test_archives import packed
from tests.platform.conftest import ClientOf
from tests.platform.models.descriptions import OPERATOR

TASKS = "/api/v1/tasks"
KEY = {"Idempotency-Key": "7f0d3c52"}


async def count(client: Any) -> int:
    return len((await client.get(TASKS)).json()["items"])


async def test_every_route_that_creates_answers_again_and_creates_once(platform: Platform, client_of: ClientOf) -> None:
    await story.tell(platform)
    ann = client_of()
    creating: dict[str, dict[str, Any]] = {
        "/tasks": {"json": work(inputs={"data": {"dataset": "digits"}})},
        "/services": {"json": {"name": "s", "model": "digits"}},
        "/models": {"json": {"name": "digits", "task": "0dxr4k2m8n5p7q1s"}},
        "/datasets/{name}": {"params": {"file": "d.csv"}, "content": b"1,2\n"},
        "/models/{name}": {"content": packed(("model.json", b"{}"))},
        "/tasks:batch": {"json": {"items": [work(inputs={"data": {"dataset": "digits"}})] * 2}},
        "/workflows/{name}/runs": {"json": {"priority": 1}},
        "/operators": {"json": {"text": OPERATOR}},
    }
    described = make_app(platform).openapi()["paths"]
    posts = {path: methods["post"] for path, methods in described.items() if "post" in methods}
    # Who has a worker token is no caller: its task registers an input once anyway.
    routes = {p for p, post in posts.items() if "201" in post["responses"] and post["security"] == [{"token": []}]}
    routes.remove(
        "/api/v1/users"
    )  # its answer holds an invitation, which is kept nowhere; a second one of the name is refused
    assert routes == {f"/api/v1{path}" for path in creating}, "a route that creates is not tried here"
    for path, request in creating.items():
        url = f"/api/v1{path.replace('{name}', 'digits')}"
        headers = {"Idempotency-Key": path.strip("/")}
        first, again = [await ann.post(url, headers=headers, **request) for _ in range(2)]
        assert (first.status_code, again.status_code) == (201, 201), first.text
        assert again.content == first.content and again.headers["content-type"] == first.headers["content-type"]
        assert again.headers["idempotent-replayed"] == "true" and "idempotent-replayed" not in first.headers
        json = request.get("json", {})
        other = request | (
            {"content": request["content"] + b"\0"} if "content" in request else {"json": json | {"x": 1}}
        )
        assert (await ann.post(url, headers=headers, **other)).status_code == 422
    assert [d["version"] for d in (await ann.get("/api/v1/datasets/digits")).json()["items"]] == [2, 1]
    assert [m["version"] for m in (await ann.get("/api/v1/models/digits")).json()["items"]] == [3, 2, 1]
    assert len((await ann.get("/api/v1/runs")).json()["items"]) == 2
    assert await count(ann) == 3 + 1 + 2


async def test_a_key_is_the_caller_s_own_and_of_one_request(client_of: ClientOf) -> None:
    ann, bob = client_of(), client_of("bob")
    await upload(ann)
    await upload(bob, "e")
    first = (await ann.post(TASKS, json=work(), headers=KEY)).json()
    his = await bob.post(TASKS, json=work(inputs={"data": {"dataset": "e"}}), headers=KEY)
    assert his.status_code == 201 and his.json()["owner"] == "bob"
    assert (await ann.post(TASKS, json=work(priority=1), headers=KEY)).status_code == 422
    refused = await ann.post("/api/v1/models", json={"name": "m", "task": first["id"]}, headers=KEY)
    assert refused.status_code == 422 and "key" in refused.json()["title"]
    assert (await ann.post(TASKS, json=work())).json()["id"] != first["id"]  # without a key as ever
    for wrong in ("", "x" * 201, "a b"):
        assert (await ann.post(TASKS, json=work(), headers={"Idempotency-Key": wrong})).status_code == 422


async def test_what_was_refused_can_be_tried_again(client_of: ClientOf) -> None:
    ann = client_of()
    assert (await ann.post(TASKS, json=work(), headers=KEY)).status_code == 404  # the data is not there yet
    await upload(ann)
    assert (await ann.post(TASKS, json=work(), headers=KEY)).status_code == 201


async def test_at_once_means_once(client_of: ClientOf) -> None:
    ann = client_of()
    await upload(ann)
    answers = await asyncio.gather(*(ann.post(TASKS, json=work(), headers=KEY) for _ in range(8)))
    assert {a.status_code for a in answers} <= {201, 409} and await count(ann) == 1
    assert len({a.json()["id"] for a in answers if a.status_code == 201}) == 1


async def test_a_crash_leaves_both_the_effect_and_the_answer_or_neither(
    platform: Platform, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = client_of()
    await upload(ann)
    keep = replies.keep

    async def crash(*arguments: Any) -> None:
        await keep(*arguments)
        raise RuntimeError("the process dies before it commits")

    async def remain(*_: Any) -> None: ...

    with monkeypatch.context() as patched:
        patched.setattr(replies, "keep", crash)
        patched.setattr(replies, "drop", remain)  # the dead clean nothing up
        assert (await ann.post(TASKS, json=work(), headers=KEY)).status_code == 500
    assert await count(ann) == 0
    busy = await ann.post(TASKS, json=work(), headers=KEY)
    assert busy.status_code == 409 and busy.json()["type"].endswith("in_progress")
    await _set(platform, held_until=datetime.now(UTC) - timedelta(seconds=1))
    assert (await ann.post(TASKS, json=work(), headers=KEY)).status_code == 201
    assert await count(ann) == 1


async def test_who_was_believed_dead_creates_nothing(platform: Platform) -> None:
    ann = Caller("ann", "user")
    slow = await replies.begin(platform, "ann", "k", "r")
    await _set(platform, held_until=datetime.now(UTC) - timedelta(seconds=1))
    assert isinstance(await replies.begin(platform, "ann", "k", "r"), replies.Held)
    assert isinstance(slow, replies.Held)
    replies.hold(slow)
    with pytest.raises(Problem, match="in_progress"):
        await artifacts.upload_dataset(platform, ann, "d", "d.csv", once(b"1\n"))
    replies.hold(None)
    assert (await artifacts.list_kind(platform, ann, "dataset")).items == []


async def test_answers_are_swept_after_a_day(platform: Platform, client_of: ClientOf) -> None:
    ann = client_of()
    await upload(ann)
    first = (await ann.post(TASKS, json=work(), headers=KEY)).json()
    await _set(platform, expires=datetime.now(UTC) - timedelta(seconds=1))
    assert (await ann.post(TASKS, json=work(), headers=KEY)).json()["id"] != first["id"]
    async with platform.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Reply)) == 1


async def _set(platform: Platform, **values: Any) -> None:
    async with platform.database.transaction() as session:
        await session.execute(update(Reply).values(**values))
