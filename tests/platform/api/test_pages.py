"""Pages of every list, walked to the end while things come and go; on both databases."""

from __future__ import annotations

from typing import Any

from mlplatform.core.platform import Platform

from tests.platform.api.test_api import upload, work
from tests.platform.conftest import ClientOf


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
        await root.put(f"/api/v1/tenants/{name}", json={"members": ["ann"] if name != "t2" else []})
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


async def test_a_cursor_that_leads_nowhere_is_refused(client_of: ClientOf) -> None:
    ann = client_of()
    await upload(ann)
    for path in (
        "queue?cursor=gone",
        "datasets/d?cursor=x",
        f"datasets/d?cursor={2**63}",
        "tenants?cursor=x",
        "tasks?limit=0",
        "tasks?limit=201",
    ):
        assert (await ann.get(f"/api/v1/{path}")).status_code == 422, path
