"""The API in process, on both databases: what it takes, refuses, and shows to whom."""

from __future__ import annotations

from typing import Any

import pytest
from mlplatform.core.platform import Platform
from mlplatform.storage.tables import Artifact
from mlplatform.tokens import Worker
from sqlalchemy import select

from tests.platform.conftest import ClientOf

CSV = b"1,2,a\n3,4,b\n"


async def upload(client: Any, name: str = "d", content: bytes = CSV, **query: str) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/datasets/{name}", params={"file": "d.csv", **query}, content=content)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def work(**more: Any) -> dict[str, Any]:
    return {"operator": "train-numpy", "inputs": {"data": {"dataset": "d"}}} | more


async def test_data_sets_have_versions_and_come_back_the_same(client_of: ClientOf) -> None:
    ann = client_of()
    assert (await upload(ann))["version"] == 1
    assert (await upload(ann, content=b"9,9,c\n"))["version"] == 2
    assert (await ann.get("/api/v1/datasets/d/1/d.csv")).content == CSV
    listed = (await ann.get("/api/v1/datasets")).json()["items"]
    assert [(d["name"], d["version"]) for d in listed] == [("d", 2)]
    assert [d["version"] for d in (await ann.get("/api/v1/datasets/d")).json()["items"]] == [2, 1]


async def test_a_task_is_submitted_with_defaults_listed_and_cancelled(client_of: ClientOf) -> None:
    ann = client_of()
    await upload(ann)
    task = (await ann.post("/api/v1/tasks", json=work(params={"epochs": 3}, priority=7))).json()
    assert task["state"] == "queued" and task["params"]["epochs"] == 3 and task["params"]["hidden"] == 64
    assert (await ann.get("/api/v1/queue")).json()["items"][0]["id"] == task["id"]
    for _ in range(2):  # cancelling twice is no error
        assert (await ann.post(f"/api/v1/tasks/{task['id']}/cancel")).json()["state"] == "cancelled"
    assert (await ann.get("/api/v1/queue")).json()["items"] == []


async def test_a_batch_is_submitted_whole_or_not_at_all(client_of: ClientOf) -> None:
    ann = client_of()
    await upload(ann)
    sweep = {"items": [work(params={"epochs": n}) for n in (1, 2, 3)]}
    answer = await ann.post("/api/v1/tasks:batch", json=sweep)
    assert answer.status_code == 201, answer.text
    assert [task["params"]["epochs"] for task in answer.json()["items"]] == [1, 2, 3]
    sweep["items"][1]["params"]["epochs"] = -1
    refused = await ann.post("/api/v1/tasks:batch", json=sweep)
    assert refused.status_code == 422 and refused.json()["detail"].startswith("items.1: ")
    assert len((await ann.get("/api/v1/tasks")).json()["items"]) == 3
    for items in ([], [work()] * 501):
        assert (await ann.post("/api/v1/tasks:batch", json={"items": items})).status_code == 422
    assert (await client_of(token="").post("/api/v1/tasks:batch", json=sweep)).status_code == 401


async def test_pages_of_tasks_do_not_overlap_while_new_ones_arrive(client_of: ClientOf) -> None:
    ann = client_of()
    await upload(ann)
    ids = [(await ann.post("/api/v1/tasks", json=work())).json()["id"] for _ in range(5)]
    first = (await ann.get("/api/v1/tasks", params={"limit": 2})).json()
    await ann.post("/api/v1/tasks", json=work())
    second = (await ann.get("/api/v1/tasks", params={"limit": 3, "cursor": first["next"]})).json()
    assert [t["id"] for t in first["items"] + second["items"]] == ids[::-1]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (work(params={"epochs": 0}), "epochs"),
        (work(params={"nonsense": 1}), "nonsense"),
        (work(inputs={}), "missing: ['data']"),
        (work(inputs={"data": {"dataset": "d", "task": "t", "output": "o"}}), "exactly one"),
        (work(resources={"cpu": -1}), "cpu"),
        (work(resources={"memory": "lots"}), "memory"),
        (work(operator="serve-model"), "modes"),
        (work(surprise=1), "surprise"),
    ],
)
async def test_a_wrong_request_is_refused_with_the_field(client_of: ClientOf, body: dict[str, Any], field: str) -> None:
    ann = client_of()
    await upload(ann)
    answer = await ann.post("/api/v1/tasks", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert field in problem["detail"] and problem["status"] == 422
    assert problem["instance"].endswith(answer.headers["x-request-id"])


async def test_titles_come_in_the_reader_s_language(client_of: ClientOf) -> None:
    ann = client_of()
    english = (await ann.get("/api/v1/tasks/none")).json()
    chinese = (await ann.get("/api/v1/tasks/none", headers={"Accept-Language": "zh-CN,zh;q=0.9"})).json()
    assert (english["title"], chinese["title"]) == ("There is no such task.", "没有这个任务。")


async def test_others_things_are_not_there(client_of: ClientOf) -> None:
    ann, bob, root = client_of("ann"), client_of("bob"), client_of("root", "admin")
    await upload(ann)
    task = (await ann.post("/api/v1/tasks", json=work())).json()
    assert (await bob.get(f"/api/v1/tasks/{task['id']}")).status_code == 404
    assert (await bob.get(f"/api/v1/tasks/{task['id']}/logs")).status_code == 404
    assert (await bob.post(f"/api/v1/tasks/{task['id']}/cancel")).status_code == 404
    assert (await bob.get("/api/v1/tasks")).json()["items"] == []
    assert (await bob.get("/api/v1/queue")).json()["items"] == []
    assert (await bob.get("/api/v1/datasets/d")).status_code == 404
    assert (await bob.get("/api/v1/datasets/d/1/d.csv")).status_code == 404
    assert (await bob.post("/api/v1/tasks", json=work())).status_code == 404  # not with ann's data
    assert (await bob.post("/api/v1/datasets/d", params={"file": "x"}, content=b"")).status_code == 409
    assert (await root.get(f"/api/v1/tasks/{task['id']}")).status_code == 200


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../b", "a\\b", ""])
async def test_paths_stay_inside(client_of: ClientOf, path: str) -> None:
    answer = await client_of().post("/api/v1/datasets/d", params={"file": path}, content=b"x")
    assert answer.status_code == 422


async def test_a_worker_reaches_only_its_own(client_of: ClientOf, platform: Platform) -> None:
    ann = client_of()
    await upload(ann)
    task = (await ann.post("/api/v1/tasks", json=work())).json()
    token = platform.keyring.issue_worker(Worker("task", task["id"]))
    worker = client_of(token=token)
    assert (await worker.get("/api/v1/worker")).status_code == 410  # it does not run
    await _set_state(platform, task["id"], "running")
    spec = (await worker.get("/api/v1/worker")).json()
    assert spec["params"]["hidden"] == 64 and spec["inputs"]["data"]["files"][0]["path"] == "d.csv"
    assert (await worker.get("/api/v1/worker/inputs/data/d.csv")).content == CSV
    assert (await worker.get("/api/v1/worker/inputs/other/d.csv")).status_code == 404
    assert (await worker.put("/api/v1/worker/outputs/model/a/b.bin", content=b"w")).status_code == 204
    assert (await worker.put("/api/v1/worker/outputs/undeclared/x", content=b"w")).status_code == 404
    assert (await worker.put("/api/v1/worker/outputs/model/%2e%2e/x", content=b"w")).status_code in (404, 422)
    assert (await worker.get("/api/v1/tasks")).status_code == 401  # another audience
    assert (await ann.get("/api/v1/worker")).status_code == 401
    assert (await ann.get(f"/api/v1/tasks/{task['id']}/outputs/model/a/b.bin")).content == b"w"
    registered = (await ann.post("/api/v1/models", json={"name": "m", "task": task["id"]})).json()
    assert (registered["version"], registered["files"][0]["path"]) == (1, "a/b.bin")
    await _set_state(platform, task["id"], "succeeded")
    assert (await worker.get("/api/v1/worker/inputs/data/d.csv")).status_code == 410


async def test_a_task_has_one_checkpoint_that_only_it_reaches(client_of: ClientOf, platform: Platform) -> None:
    ann = client_of()
    await upload(ann)
    tasks = [(await ann.post("/api/v1/tasks", json=work())).json()["id"] for _ in range(2)]
    first, second = (client_of(token=platform.keyring.issue_worker(Worker("task", id_))) for id_ in tasks)
    assert (await first.put("/api/v1/worker/checkpoint", content=b"early")).status_code == 410
    for id_ in tasks:
        await _set_state(platform, id_, "running")
    assert (await first.get("/api/v1/worker")).json()["checkpoint"] is False
    assert (await first.get("/api/v1/worker/checkpoint")).status_code == 404
    for content in (b"one", b"two"):
        assert (await first.put("/api/v1/worker/checkpoint", content=content)).status_code == 204
    assert (await first.get("/api/v1/worker")).json()["checkpoint"] is True
    assert (await first.get("/api/v1/worker/checkpoint")).content == b"two"
    assert (await second.get("/api/v1/worker/checkpoint")).status_code == 404
    assert (await ann.get(f"/api/v1/tasks/{tasks[0]}")).json()["outputs"] == {}
    async with platform.database.transaction() as session:
        hidden = await session.scalar(select(Artifact.id).where(Artifact.kind == "checkpoint"))
    for path in ("artifacts", "lineage"):
        assert (await ann.get(f"/api/v1/{path}/{hidden}")).status_code == 404
    service = client_of(token=platform.keyring.issue_worker(Worker("service", "none")))
    assert (await service.put("/api/v1/worker/checkpoint", content=b"x")).status_code == 410


async def test_logs_survive_repeats_and_refuse_holes(client_of: ClientOf, platform: Platform) -> None:
    ann = client_of()
    await upload(ann)
    task = (await ann.post("/api/v1/tasks", json=work(name="x"))).json()
    await _set_state(platform, task["id"], "running")
    worker = client_of(token=platform.keyring.issue_worker(Worker("task", task["id"])))

    async def send(offset: int, content: bytes, stream: str = "output", rank: int = 0) -> Any:
        where = {"rank": rank, "offset": offset}
        return await worker.post(f"/api/v1/worker/logs/{stream}", params=where, content=content)

    assert (await send(0, b"hello ")).json() == {"length": 6}
    assert (await send(0, b"hello world")).json() == {"length": 11}  # the answer to the first was lost, say
    assert (await send(0, b"hello ")).json() == {"length": 11}
    assert (await send(99, b"hole")).status_code == 409
    assert (await send(0, b"x", rank=1)).status_code == 422
    log = f"/api/v1/tasks/{task['id']}/logs"
    assert (await ann.get(log)).text == "hello world"
    assert (await ann.get(log, params={"offset": 4})).text == "o world"
    await send(0, b'{"loss": 0.5}\nno json\n{"accuracy": 1, "note": "text", "flag": true}\n', "metrics")
    assert (await ann.get(f"/api/v1/tasks/{task['id']}")).json()["metrics"] == {"loss": 0.5, "accuracy": 1.0}


async def test_publishing(client_of: ClientOf) -> None:
    ann = client_of()
    assert (await ann.post("/api/v1/services", json={"name": "s", "model": "none"})).status_code == 404
    assert (await ann.post("/api/v1/services/s/infer", json={})).status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_needs_no_token(client_of: ClientOf, path: str) -> None:
    assert (await client_of(token="").get(path)).status_code == 200


async def test_the_page_is_served_under_a_strict_policy(client_of: ClientOf) -> None:
    answer = await client_of(token="").get("/")
    assert answer.status_code == 200 and "app.js" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_a_defect_is_a_problem_too(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("mlplatform.core.queue.waiting", broken)
    answer = await client_of().get("/api/v1/queue")
    assert answer.status_code == 500 and answer.json()["type"].endswith("fault")
    assert "secret" not in answer.text and answer.headers["x-request-id"] in answer.json()["instance"]


async def _set_state(platform: Platform, id_: str, state: str) -> None:
    from mlplatform.storage.tables import Task
    from sqlalchemy import update

    async with platform.database.transaction() as session:
        await session.execute(update(Task).where(Task.id == id_).values(state=state))
