"""Pages of every list, walked to the end while things come and go; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from mlplatform.core.platform import Platform
from mlplatform.scheduler.cron import Timekeeper

from tests.platform.api.test_api import upload, work
from tests.platform.conftest import ClientOf
from tests.platform.models.descriptions import FAN_OUT, OPERATOR, WORKFLOW


async def walk(client: Any, path: str, limit: int = 2) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    where: dict[str, Any] = {"limit": limit}
    while True:
        answer = await client.get(path, params=where)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit and (page["next"] is None or len(page["items"]) == limit)
        found += page["items"]
        if page["next"] is None:
            return found
        where["cursor"] = page["next"]


async def test_every_list_is_walked_without_loss_or_repetition(platform: Platform, client_of: ClientOf) -> None:
    ann, root = client_of(), client_of("root", "admin")
    for name in ("d", "a", "c", "b", "d", "d", "d", "d"):
        await upload(ann, name)
    tasks = [(await ann.post("/api/v1/tasks", json=work())).json()["id"] for _ in range(5)]
    for name in ("t3", "t1", "t2"):
        await root.put(f"/api/v1/tenants/{name}", json={"members": {"ann": "editor"} if name != "t2" else {}})
    assert [t["id"] for t in await walk(ann, "/api/v1/tasks")] == tasks[::-1]
    assert [i["id"] for i in await walk(ann, "/api/v1/queue")] == tasks
    assert [d["name"] for d in await walk(ann, "/api/v1/datasets")] == ["a", "b", "c", "d"]
    assert [d["version"] for d in await walk(ann, "/api/v1/datasets/d")] == [5, 4, 3, 2, 1]
    assert [t["name"] for t in await walk(root, "/api/v1/tenants")] == ["t1", "t2", "t3"]
    assert [t["name"] for t in await walk(ann, "/api/v1/tenants", 1)] == ["t1", "t3"]
    names = [o["metadata"]["name"] for o in await walk(ann, "/api/v1/operators")]
    assert names == sorted(platform.operators) and len(names) > 3
    for path in ("models", "services"):
        assert await walk(ann, f"/api/v1/{path}") == []


async def test_lists_of_workflows_runs_and_schedules(platform: Platform, client_of: ClientOf) -> None:
    ann, bob = client_of(), client_of("bob")
    await upload(ann, "digits")
    for name in ("c", "a", "b", "b", "b"):
        text = WORKFLOW.replace("name: digits", f"name: {name}").replace("5   #", f"{5 + len(name)}   #")
        await ann.put(f"/api/v1/workflows/{name}", content=text)
    for epochs in range(1, 5):
        text = FAN_OUT.replace("name: best", "name: d") + f"# {epochs}\n"
        assert (await ann.put("/api/v1/workflows/d", content=text)).status_code == 201
    runs = [(await ann.post("/api/v1/workflows/d/runs")).json()["id"] for _ in range(5)]
    assert [w["name"] for w in await walk(ann, "/api/v1/workflows")] == ["a", "b", "c", "d"]
    assert [w["version"] for w in await walk(ann, "/api/v1/workflows/d/versions")] == [4, 3, 2, 1]
    assert [r["id"] for r in await walk(ann, "/api/v1/runs")] == runs[::-1]
    for name in ("s2", "s1", "s3"):
        body = {"cron": "0 * * * *", "workflow": "d", "catch_up": "all"}
        assert (await ann.put(f"/api/v1/schedules/{name}", json=body)).status_code == 201
    assert [s["name"] for s in await walk(ann, "/api/v1/schedules")] == ["s1", "s2", "s3"]
    await Timekeeper(platform).round(datetime.now(UTC) + timedelta(hours=5))
    moments = [datetime.fromisoformat(e["due"]) for e in await walk(ann, "/api/v1/schedules/s1/entries")]
    assert len(moments) == 5 and moments == sorted(moments, reverse=True)
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        text = OPERATOR.replace("version: 1.0.0", f"version: {version}")
        assert (await ann.post("/api/v1/operators", json={"text": text})).status_code == 201
    versions = await walk(ann, "/api/v1/operators/thing/versions")
    assert [v["operator"]["metadata"]["version"] for v in versions] == ["1.2.0", "1.1.0", "1.0.0"]
    for path in ("workflows", "runs", "schedules"):
        assert await walk(bob, f"/api/v1/{path}") == []
    for path in ("workflows/d/versions", "schedules/s1/entries", "operators/thing/versions"):
        assert (await bob.get(f"/api/v1/{path}")).status_code == 404
    moment = "schedules/s1/entries?cursor="
    for path in (
        "workflows/d/versions?cursor=x",
        f"workflows/d/versions?cursor={2**31}",
        f"{moment}x",
        f"{moment}2026-05-01T00:30:00",
        f"{moment}0001-01-01T00:00:00%2B14:00",
        "schedules/s1/entries?limit=201",
    ):
        assert (await ann.get(f"/api/v1/{path}")).status_code == 422, path
    assert (await ann.get(f"/api/v1/{moment}0001-01-01T00:00:00Z")).json() == {"items": [], "next": None}


async def test_a_cursor_that_leads_nowhere_is_refused(client_of: ClientOf) -> None:
    ann = client_of()
    await upload(ann)
    for path in (
        "queue?cursor=gone",
        "datasets/d?cursor=x",
        f"datasets/d?cursor={2**31}",
        "tenants?cursor=x",
        "tasks?limit=0",
        "tasks?limit=201",
    ):
        assert (await ann.get(f"/api/v1/{path}")).status_code == 422, path
