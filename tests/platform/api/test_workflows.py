"""Workflows and runs over the API, on both databases."""

from __future__ import annotations

from typing import Any

from mlplatform.core.platform import Platform
from mlplatform.scheduler.runs import RunKeeper

from tests.platform.conftest import ClientOf
from tests.platform.models.descriptions import FAN_OUT, WORKFLOW

ODD = WORKFLOW.replace("Trains on", "Обучение 训练 \u00a0é").replace("\n    second", "\r\n    second")


async def put(client: Any, text: str, name: str = "digits") -> Any:
    return await client.put(f"/api/v1/workflows/{name}", content=text.encode())


async def test_texts_have_versions_and_come_back_to_the_byte(client_of: ClientOf) -> None:
    ann, bob, root = client_of(), client_of("bob"), client_of("root", "admin")
    assert (made := await put(ann, WORKFLOW)).status_code == 201 and made.json()["version"] == 1
    assert (same := await put(ann, WORKFLOW)).status_code == 200 and same.json()["version"] == 1
    assert (await put(ann, ODD)).json()["version"] == 2
    assert (await ann.get("/api/v1/workflows/digits")).content == ODD.encode()
    assert (await ann.get("/api/v1/workflows/digits", params={"version": 1})).content == WORKFLOW.encode()
    assert [w["version"] for w in (await ann.get("/api/v1/workflows/digits/versions")).json()["items"]] == [2, 1]
    (listed,) = (await ann.get("/api/v1/workflows")).json()["items"]
    assert (listed["name"], listed["version"], listed["steps"]) == ("digits", 2, 2)
    assert (await bob.get("/api/v1/workflows/digits")).status_code == 404
    assert (await bob.delete("/api/v1/workflows/digits")).status_code == 404
    assert (await bob.get("/api/v1/workflows")).json()["items"] == []
    assert (await put(bob, WORKFLOW)).status_code == 409
    assert (await put(root, WORKFLOW)).json() | {"created_at": ""} == listed | {"version": 3, "created_at": ""}
    assert (await ann.delete("/api/v1/workflows/digits")).status_code == 204
    assert (await ann.get("/api/v1/workflows/digits/versions")).status_code == 404
    assert (await put(ann, WORKFLOW)).json()["version"] == 4


async def test_a_wrong_text_is_refused_with_every_place(client_of: ClientOf) -> None:
    ann = client_of()
    wrong = await put(ann, WORKFLOW.replace("step: first", "step: third").replace("epochs: 5", "epochs: 0"))
    assert wrong.status_code == 422
    assert [(e["line"], e["column"]) for e in wrong.json()["errors"]] == [(14, 9), (21, 11)]
    assert wrong.json()["errors"][0]["message"]["zh"]
    for text, says in (
        (WORKFLOW.replace("name: digits", "name: other"), "as in the address"),
        (f"{WORKFLOW}---\n{FAN_OUT}", "one document"),
        (WORKFLOW.replace("kind: Workflow", "kind: Picture"), "must be one of"),
        ("a: [", "not YAML"),
        ("", "no description"),
    ):
        assert says in (await put(ann, text)).json()["detail"], says
    assert (await ann.put("/api/v1/workflows/digits", content=b"\xff")).status_code == 422
    assert (await ann.put("/api/v1/workflows/digits", content=b"#" * (300 << 10))).status_code == 413


async def test_a_run_is_begun_looked_at_and_cancelled(client_of: ClientOf, platform: Platform) -> None:
    ann, bob = client_of(), client_of("bob")
    await put(ann, FAN_OUT, "best")
    missing = await ann.post("/api/v1/workflows/best/runs")
    assert (missing.status_code, missing.json()["detail"]) == (404, "digits")
    await ann.post("/api/v1/datasets/digits", params={"file": "d.csv"}, content=b"1,2,a\n")
    made = await ann.post("/api/v1/workflows/best/runs", json={"priority": 5})
    assert made.status_code == 201, made.text
    run = made.json()
    assert run["state"] == "running" and [t["value"] for t in run["steps"]["train"]["tasks"]] == [8, 16, 32]
    await RunKeeper(platform).round()
    seen = (await ann.get(f"/api/v1/runs/{run['id']}")).json()
    assert {n: s["state"] for n, s in seen["steps"].items()} == {
        "train": "running",
        "look": "running",
        "after": "waiting",
    }
    task = (await ann.get(f"/api/v1/tasks/{seen['steps']['train']['tasks'][1]['id']}")).json()
    assert (task["params"]["hidden"], task["priority"], task["name"]) == (16, 5, "best/train")
    for path in (f"runs/{run['id']}", "workflows/best/versions"):
        assert (await bob.get(f"/api/v1/{path}")).status_code == 404
    for action in ("cancel", "pause", "resume", "retry"):
        assert (await bob.post(f"/api/v1/runs/{run['id']}/{action}")).status_code == 404
    assert (await ann.post(f"/api/v1/runs/{run['id']}/retry")).status_code == 409
    assert (await ann.post(f"/api/v1/runs/{run['id']}/pause")).json()["paused"]
    assert not (await ann.post(f"/api/v1/runs/{run['id']}/resume")).json()["paused"]
    assert (await ann.post(f"/api/v1/runs/{run['id']}/cancel")).json()["state"] == "cancelling"
    await RunKeeper(platform).round()
    second = (await ann.post("/api/v1/workflows/best/runs", json={"cache": False})).json()
    listed = (await ann.get("/api/v1/runs", params={"limit": 1})).json()
    assert [r["id"] for r in listed["items"]] == [second["id"]]
    rest = (await ann.get("/api/v1/runs", params={"cursor": listed["next"]})).json()
    assert [(r["id"], r["state"]) for r in rest["items"]] == [(run["id"], "cancelled")] and rest["next"] is None
    assert (await ann.get("/api/v1/runs", params={"state": "running"})).json()["items"][0]["id"] == second["id"]
    assert (await bob.get("/api/v1/runs")).json()["items"] == []
    assert (await ann.post("/api/v1/workflows/best/runs", json={"version": 7})).status_code == 404
    assert (await ann.post("/api/v1/workflows/best/runs", json={"tenant": "none"})).status_code == 404
