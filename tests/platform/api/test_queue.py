"""Tenants, explanations and what-if over the API, on both databases."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from mlplatform.core.platform import Platform
from mlplatform.scheduler.loops import Scheduler

from tests.platform.api.test_api import upload, work
from tests.platform.conftest import ClientOf
from tests.platform.scheduler.test_loops import Fake


@pytest.fixture
async def scheduler(platform: Platform) -> Scheduler:
    """One that leads, on one node with one core."""
    scheduler = Scheduler(platform, Fake(), tick=0)
    assert await scheduler.leads()
    return scheduler


async def submit(client: httpx.AsyncClient, cpu: float, **more: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/tasks", json=work(resources={"cpu": cpu}) | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_what_waits_is_explained_with_what_frees_it(client_of: ClientOf, scheduler: Scheduler) -> None:
    ann = client_of()
    await upload(ann)
    running = await submit(ann, 1, name="first {x}")
    await scheduler.dispatch()
    waits, last = await submit(ann, 1), await submit(ann, 0.5)
    await scheduler.dispatch()
    told = (await ann.get(f"/api/v1/tasks/{waits['id']}/explain")).json()
    why = told["outcome"]["waiting"]
    assert (told["state"], told["reason"]["code"], why["rule"], why["position"]) == (
        "queued",
        "capacity",
        "capacity",
        1,
    )
    assert [freeing["id"] for freeing in why["frees"]] == [running["id"]]
    assert why["expected"] == why["frees"][0]["at"] > waits["created_at"]
    assert "first {x}" in told["outcome"]["text"]["en"] and "first {x}" in told["outcome"]["text"]["zh"]
    items = (await ann.get("/api/v1/queue")).json()["items"]
    assert [(i["id"], i["position"]) for i in items] == [(waits["id"], 1), (last["id"], 2)]
    front = (await ann.get("/api/v1/queue", params={"limit": 1})).json()
    assert [i["id"] for i in front["items"]] == [waits["id"]] and front["total"] == 2
    assert items[1]["waiting"]["ahead"] == waits["id"] and "Place 2" in items[1]["reason"]["text"]["en"]
    told = (await ann.get(f"/api/v1/tasks/{running['id']}/explain")).json()
    assert (told["state"], told["outcome"]) == ("starting", None)


async def test_what_if_it_asked_for_less(client_of: ClientOf, scheduler: Scheduler) -> None:
    ann = client_of()
    await upload(ann)
    await submit(ann, 0.6)
    await scheduler.dispatch()
    waits = await submit(ann, 0.6)
    path = f"/api/v1/tasks/{waits['id']}/what-if"
    seen = (await ann.post(path, json={"resources": {"cpu": 0.4}})).json()
    assert not seen["now"]["starts"] and seen["then"] == seen["then"] | {"starts": True, "placement": ["n1"]}
    seen = (await ann.post(path, json={"resources": {"gpu": {"count": 1}}})).json()
    assert seen["then"]["waiting"]["rule"] == "too_big"
    assert (await ann.get(f"/api/v1/tasks/{waits['id']}")).json()["resources"]["cpu"] == 0.6  # nothing changed
    await ann.post(f"/api/v1/tasks/{waits['id']}/cancel")
    assert (await ann.post(path, json={})).status_code == 409


async def test_without_a_scheduler_that_is_what_holds_it(client_of: ClientOf) -> None:
    ann = client_of()
    await upload(ann)
    task = await submit(ann, 1)
    told = (await ann.get(f"/api/v1/tasks/{task['id']}/explain")).json()
    assert told["reason"]["code"] == "no_scheduler" and told["outcome"] is None
    (item,) = (await ann.get("/api/v1/queue")).json()["items"]
    assert item["reason"]["code"] == "no_scheduler"
    assert (await ann.post(f"/api/v1/tasks/{task['id']}/what-if", json={})).status_code == 503


async def test_explanations_do_not_tell_what_is_others(client_of: ClientOf, scheduler: Scheduler) -> None:
    ann, bob = client_of("ann"), client_of("bob")
    await upload(ann)
    await upload(bob, "b")
    await submit(ann, 1, name="secret-run")
    await scheduler.dispatch()
    await submit(ann, 1, name="secret-wait")
    await scheduler.dispatch()
    mine = await submit(bob, 1, inputs={"data": {"dataset": "b"}})
    answer = await bob.get("/api/v1/queue")
    (item,) = answer.json()["items"]
    assert item["id"] == mine["id"] and item["position"] == 2 and item["waiting"]["frees"][0]["name"] is None
    assert "secret" not in answer.text
    explained = await bob.get(f"/api/v1/tasks/{mine['id']}/explain")
    assert "secret" not in explained.text and explained.status_code == 200


async def test_a_quota_holds_and_lifting_it_lets_go(client_of: ClientOf, scheduler: Scheduler) -> None:
    root, ann = client_of("root", "admin"), client_of()
    await upload(ann)
    made = await root.put("/api/v1/tenants/lab", json={"quota": {"cpu": 0.5}, "members": {"ann": "editor"}})
    assert made.status_code == 200 and made.json()["used"] == {"cpu": 0.0, "memory": "0", "gpu": 0}
    first, second = await submit(ann, 0.4), await submit(ann, 0.4)
    assert first["tenant"] == "lab"
    await scheduler.dispatch()
    told = (await ann.get(f"/api/v1/tasks/{second['id']}/explain")).json()
    assert told["outcome"]["waiting"]["rule"] == "quota" and "lab" in told["outcome"]["text"]["zh"]
    assert (await ann.get("/api/v1/tenants/lab")).json()["used"]["cpu"] == 0.4
    assert (await root.delete("/api/v1/tenants/lab")).status_code == 409
    await root.put("/api/v1/tenants/lab", json={"members": {"ann": "editor"}})
    await scheduler.dispatch()
    assert (await ann.get(f"/api/v1/tasks/{second['id']}")).json()["state"] == "starting"


async def test_tenants_are_described_by_administrators_and_seen_by_members(client_of: ClientOf) -> None:
    root, ann, bob = client_of("root", "admin"), client_of("ann"), client_of("bob")
    for name, member in (("lab", "ann"), ("shop", "bob"), ("third", "ann")):
        assert (await root.put(f"/api/v1/tenants/{name}", json={"members": {member: "editor"}})).status_code == 200
    assert (await ann.put("/api/v1/tenants/mine", json={})).status_code == 403
    assert (await ann.delete("/api/v1/tenants/lab")).status_code == 403
    assert [t["name"] for t in (await root.get("/api/v1/tenants")).json()["items"]] == ["lab", "shop", "third"]
    assert [t["name"] for t in (await bob.get("/api/v1/tenants")).json()["items"]] == ["shop"]
    assert (await bob.get("/api/v1/tenants/lab")).status_code == 404
    await upload(ann, tenant="lab")
    several = await ann.post("/api/v1/tasks", json=work())
    assert several.status_code == 422 and "lab, third" in several.json()["detail"]
    assert (await ann.post("/api/v1/tasks", json=work(tenant="shop"))).status_code == 404
    assert (await ann.post("/api/v1/tasks", json=work(tenant="third"))).json()["tenant"] == "third"
    assert (await ann.post("/api/v1/tasks", json=work(tenant="default"))).json()["tenant"] == "default"
    assert (await root.delete("/api/v1/tenants/shop")).status_code == 204
    wrong = await root.put("/api/v1/tenants/lab", json={"quota": {"memory": "lots"}})
    assert wrong.status_code == 422 and "memory" in wrong.json()["detail"]


async def test_priority_is_raised_by_right(client_of: ClientOf) -> None:
    root, ann = client_of("root", "admin"), client_of()
    await upload(ann)
    await root.put("/api/v1/tenants/lab", json={"members": {"ann": "editor"}, "max_priority": 10})
    assert (await ann.post("/api/v1/tasks", json=work(priority=11))).status_code == 403
    task = await submit(ann, 1, priority=1)
    path = f"/api/v1/tasks/{task['id']}/priority"
    assert (await ann.put(path, json={"priority": 10})).json()["priority"] == 10
    assert (await ann.put(path, json={"priority": 11})).status_code == 403
    assert (await root.put(path, json={"priority": 90})).json()["priority"] == 90
    await ann.post(f"/api/v1/tasks/{task['id']}/cancel")
    assert (await ann.put(path, json={"priority": 5})).status_code == 409


async def test_a_queue_is_paused_by_administrators(client_of: ClientOf, scheduler: Scheduler) -> None:
    root, ann, bob = client_of("root", "admin"), client_of("ann"), client_of("bob")
    await upload(ann)
    assert (await ann.put("/api/v1/queue/task", json={"paused": True})).status_code == 403
    for _ in range(2):
        assert (await root.put("/api/v1/queue/task", json={"paused": True})).status_code == 200
    task = await submit(ann, 1)
    await scheduler.dispatch()
    seen = (await ann.get("/api/v1/queue")).json()
    assert seen["paused"] == ["task"] and seen["items"][0]["waiting"]["rule"] == "queue_paused"
    for _ in range(2):
        assert (await root.put("/api/v1/queue/task", json={"paused": False})).status_code == 200
    await scheduler.dispatch()
    assert (await ann.get(f"/api/v1/tasks/{task['id']}")).json()["state"] == "starting"
    held = await submit(ann, 1)
    assert (await bob.post(f"/api/v1/tasks/{held['id']}/pause")).status_code == 404
    assert (await ann.post(f"/api/v1/tasks/{held['id']}/pause")).json()["paused"]
    assert (await bob.post(f"/api/v1/tasks/{held['id']}/resume")).status_code == 404
    assert not (await ann.post(f"/api/v1/tasks/{held['id']}/resume")).json()["paused"]
    assert (await root.put("/api/v1/queue/none", json={"paused": True})).status_code == 422
