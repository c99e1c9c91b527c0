"""ETags: what was read is not sent again, and what changed meanwhile is not changed blindly; on both databases."""

from __future__ import annotations

import asyncio
from typing import Any

from mlplatform.api import examples
from mlplatform.api.app import make_app
from mlplatform.core.platform import Platform

from tests.platform.api import story
from tests.platform.conftest import ClientOf

WAITING = "0dxr4k2m8n5p7q3t"
SINGLE = {
    "/tasks/{id}": WAITING,
    "/tenants/{name}": "digits",
    "/services/{name}": "other",
    "/artifacts/{id}": examples.ARTIFACT,
    "/operators/{name}": "train-numpy",
    "/lineage/{id}": examples.TASK,
    "/schemas/{kind}": "operator",
    "/workflows/{name}": "digits",
    "/runs/{id}": examples.RUN,
    "/schedules/{name}": "nightly",
}


async def test_all_that_is_read_has_a_tag_and_is_not_sent_twice(platform: Platform, client_of: ClientOf) -> None:
    await story.tell(platform)
    ann = client_of("ann", "admin")
    described = make_app(platform).openapi()["paths"]
    paths = [path for path, methods in described.items() if "304" in methods.get("get", {}).get("responses", {})]
    assert {f"/api/v1{path}" for path in SINGLE} <= set(paths)
    for path in paths:
        short = path.removeprefix("/api/v1")
        if ("{" in path and short not in SINGLE) or short == "/worker":
            continue
        url = path.partition("{")[0] + SINGLE.get(short, "")
        first = await ann.get(url)
        assert first.status_code == 200 and first.headers["etag"].startswith('"'), url
        again = await ann.get(url, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b""), url
        assert again.headers["etag"] == first.headers["etag"] and again.headers["x-content-type-options"] == "nosniff"
        assert (await ann.get(url, headers={"If-None-Match": '"x"'})).status_code == 200
    assert "etag" not in (await ann.get("/api/v1/tasks/none")).headers


async def test_changes_are_bound_to_the_version_that_was_seen(platform: Platform, client_of: ClientOf) -> None:
    await story.tell(platform)
    ann = client_of("ann", "admin")
    task, tenant = f"/api/v1/tasks/{WAITING}", "/api/v1/tenants/digits"
    workflow, schedule = "/api/v1/workflows/digits", "/api/v1/schedules/nightly"
    run = f"/api/v1/runs/{(await ann.post(f'{workflow}/runs')).json()['id']}"
    request = examples.EXAMPLES["TenantRequest"]
    changes: list[tuple[str, str, str, Any]] = [
        (task, "PUT", "/priority", {"priority": 3}),
        (task, "POST", "/pause", None),
        (task, "POST", "/resume", None),
        (task, "POST", "/cancel", None),
        (tenant, "PUT", "", request | {"weight": 2}),
        ("/api/v1/services/other", "DELETE", "", None),
        (run, "POST", "/pause", None),
        (run, "POST", "/resume", None),
        (run, "POST", "/cancel", None),
        (schedule, "POST", "/pause", None),
        (schedule, "POST", "/resume", None),
        (schedule, "PUT", "", examples.EXAMPLES["ScheduleSpec"] | {"cron": "0 4 * * *"}),
        (schedule, "DELETE", "", None),
        (tenant, "DELETE", "", None),
    ]
    for url, method, action, body in changes:
        seen = (await ann.get(url)).headers["etag"]
        stale = await ann.request(method, url + action, json=body, headers={"If-Match": '"stale"'})
        assert stale.status_code == 412, (url, action, stale.text)
        assert (await ann.get(url)).headers["etag"] == seen, "what was refused changed nothing"
        good = await ann.request(method, url + action, json=body, headers={"If-Match": f'"other", {seen}'})
        assert good.is_success, (url, action, good.text)
        if url == task or action:
            assert (await ann.get(url)).headers["etag"] != seen


async def test_of_two_who_saw_the_same_one_changes_it(platform: Platform, client_of: ClientOf) -> None:
    await story.tell(platform)
    ann = client_of("ann", "admin")
    url, request = "/api/v1/tenants/digits", examples.EXAMPLES["TenantRequest"]
    seen = {"If-Match": (await ann.get(url)).headers["etag"]}
    both = await asyncio.gather(*(ann.put(url, json=request | {"weight": 2 + i}, headers=seen) for i in range(2)))
    assert sorted(a.status_code for a in both) == [200, 412]


async def test_a_text_is_bound_to_the_text_that_was_edited(platform: Platform, client_of: ClientOf) -> None:
    await story.tell(platform)
    ann, url = client_of(), "/api/v1/workflows/digits"
    seen = await ann.get(url)
    if_seen = {"If-Match": seen.headers["etag"]}
    made = await ann.put(url, content=seen.text + "# mine\n", headers=if_seen)
    assert (made.status_code, made.json()["version"]) == (201, 2)
    assert (await ann.put(url, content=seen.text + "# another's\n", headers=if_seen)).status_code == 412
    assert (await ann.delete(url, headers=if_seen)).status_code == 412
    assert (await ann.get(url)).text == seen.text + "# mine\n"
    assert (await ann.put("/api/v1/workflows/new", content=seen.text, headers={"If-Match": "*"})).status_code == 422
    new = seen.text.replace("name: digits", "name: new")
    assert (await ann.put("/api/v1/workflows/new", content=new, headers={"If-Match": "*"})).status_code == 412
    assert (await ann.delete(url, headers={"If-Match": "*"})).status_code == 204


async def test_any_version_means_that_it_is_there(client_of: ClientOf) -> None:
    root, headers = client_of("root", "admin"), {"If-Match": "*"}
    assert (await root.put("/api/v1/tenants/t", json={}, headers=headers)).status_code == 412
    assert (await root.put("/api/v1/tenants/t", json={})).status_code == 200
    assert (await root.put("/api/v1/tenants/t", json={}, headers=headers)).status_code == 200
