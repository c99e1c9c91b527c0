"""Descriptions over the API: schemas, checking against the platform's operators, and a workflow's text for the canvas."""

from __future__ import annotations

from typing import Any

import pytest
from mlplatform.core.platform import Platform
from mlplatform.storage.tables import Task
from mlplatform.tokens import Worker
from sqlalchemy import update

from tests.platform.conftest import ClientOf
from tests.platform.models.descriptions import WORKFLOW


@pytest.fixture
def database_url(tmp_path: object) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/test.db"  # nothing here is stored


@pytest.mark.parametrize("kind", ["operator", "dataset", "image", "model", "workflow", "service", "schedule"])
async def test_schemas_are_published(client_of: ClientOf, kind: str) -> None:
    schema = (await client_of().get(f"/api/v1/schemas/{kind}")).json()
    assert schema["properties"]["kind"]["const"] == kind.capitalize()
    assert schema["$id"].endswith(f":{kind}")


async def test_an_unknown_kind_has_no_schema(client_of: ClientOf) -> None:
    assert (await client_of().get("/api/v1/schemas/thing")).status_code == 422


async def check(client_of: ClientOf, text: str) -> Any:
    answer = await client_of().post("/api/v1/descriptions/check", json={"text": text})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_text_is_checked_against_the_platform(client_of: ClientOf) -> None:
    good = await check(client_of, WORKFLOW)
    assert good["mistakes"] == []
    assert good["descriptions"][0]["spec"]["steps"]["second"]["inputs"]["data"]["step"] == "first"
    wrong = await check(client_of, WORKFLOW.replace("step: first", "step: third"))
    assert (wrong["mistakes"][0]["line"], wrong["mistakes"][0]["column"]) == (21, 11)
    assert wrong["mistakes"][0]["message"]["zh"] and wrong["descriptions"]
    unread = await check(client_of, "a: [")
    assert unread["descriptions"] == [] and len(unread["mistakes"]) == 1


async def test_a_canvas_s_change_keeps_the_comments(client_of: ClientOf) -> None:
    ann = client_of()
    workflow = (await check(client_of, WORKFLOW))["descriptions"][0]
    same = await ann.post("/api/v1/workflows/text", json={"text": WORKFLOW, "workflow": _without_none(workflow)})
    assert same.json() == {"text": WORKFLOW}
    workflow["spec"]["steps"]["first"]["params"]["epochs"] = 9
    changed = await ann.post("/api/v1/workflows/text", json={"text": WORKFLOW, "workflow": _without_none(workflow)})
    assert changed.json()["text"] == WORKFLOW.replace("epochs: 5 ", "epochs: 9 ")
    fresh = (await ann.post("/api/v1/workflows/text", json={"workflow": _without_none(workflow)})).json()["text"]
    assert (await check(client_of, fresh))["mistakes"] == []
    refused = await ann.post("/api/v1/workflows/text", json={"text": "a: [", "workflow": _without_none(workflow)})
    assert refused.status_code == 422 and refused.json()["errors"][0]["line"] == 1


async def test_operators_are_found_by_label(client_of: ClientOf) -> None:
    found = (await client_of().get("/api/v1/operators", params={"label": "area=classification"})).json()["items"]
    assert sorted(o["metadata"]["name"] for o in found) == ["train-numpy", "train-torch"]


async def test_unlike_types_do_not_connect_in_a_task_either(client_of: ClientOf, platform: Platform) -> None:
    ann = client_of()
    await ann.post("/api/v1/datasets/d", params={"file": "d.csv"}, content=b"1,2,a\n")
    task = {"operator": "train-numpy", "inputs": {"data": {"dataset": "d"}}}
    first = (await ann.post("/api/v1/tasks", json=task)).json()["id"]
    async with platform.database.transaction() as session:
        await session.execute(update(Task).values(state="running"))
    worker = client_of(token=platform.keyring.issue_worker(Worker("task", first)))
    for output in ("model", "predictions"):
        assert (await worker.put(f"/api/v1/worker/outputs/{output}/x", content=b"1")).status_code == 204
    fits = {"operator": "train-numpy", "inputs": {"data": {"task": first, "output": "predictions"}}}
    assert (await ann.post("/api/v1/tasks", json=fits)).status_code == 201
    unlike = {"operator": "train-numpy", "inputs": {"data": {"task": first, "output": "model"}}}
    answer = await ann.post("/api/v1/tasks", json=unlike, headers={"Accept-Language": "zh"})
    assert answer.status_code == 422 and "来源的类型是 model，此处需要 table" in answer.json()["title"]


def _without_none(value: Any) -> Any:
    """As a canvas sends it: what is not set is left out."""
    if isinstance(value, dict):
        return {k: _without_none(v) for k, v in value.items() if v not in (None, {})}
    return value
