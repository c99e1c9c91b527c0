"""Metadata from the start: statistics of tables, and the way from data over tasks and models to services as one answer."""

from __future__ import annotations

from typing import Any

import pytest
from mlplatform.core.platform import Platform
from mlplatform.lineage_text import lines
from mlplatform.models.lineage import Lineage
from mlplatform.storage.tables import Task
from mlplatform.tokens import Worker
from sqlalchemy import update

from tests.platform.conftest import ClientOf

CSV = b"x,y,label\n1,2,a\n3,4,b\n"


async def whole_way(client_of: ClientOf, platform: Platform) -> dict[str, str]:
    """Data, a task, its outputs, a model and a service; their ids."""
    ann = client_of("ann")
    data = (await ann.post("/api/v1/datasets/d", params={"file": "d.csv"}, content=CSV)).json()
    body = {"operator": "train-numpy", "name": "train", "inputs": {"data": {"dataset": "d"}}}
    task = (await ann.post("/api/v1/tasks", json=body)).json()
    async with platform.database.transaction() as session:
        await session.execute(update(Task).values(state="running"))
    worker = client_of(token=platform.keyring.issue_worker(Worker("task", task["id"])))
    await worker.put("/api/v1/worker/outputs/model/model.json", content=b"{}")
    await worker.put("/api/v1/worker/outputs/model/weights.npz", content=b"1")
    await worker.put("/api/v1/worker/outputs/predictions/p.csv", content=b"label\na\n")
    await worker.put("/api/v1/worker/outputs/predictions/p.csv", content=b"label,p\na,1\n")
    outputs = (await ann.get(f"/api/v1/tasks/{task['id']}")).json()["outputs"]
    model = (await ann.post("/api/v1/models", json={"name": "m", "task": task["id"]})).json()
    service = (await ann.post("/api/v1/services", json={"name": "s", "model": "m"})).json()
    return {"data": data["id"], "task": task["id"], "model": model["id"], "service": service["id"], **{
        f"output {name}": id_ for name, id_ in outputs.items()
    }}  # fmt: skip


async def ask(client: Any, id_: str) -> Lineage:
    answer = await client.get(f"/api/v1/lineage/{id_}")
    assert answer.status_code == 200, answer.text
    return Lineage.model_validate(answer.json())


async def test_one_question_shows_the_way_from_data_to_service(client_of: ClientOf, platform: Platform) -> None:
    ids = await whole_way(client_of, platform)
    names = {id_: name for name, id_ in ids.items()}

    async def seen(name: str) -> set[tuple[str, str, str]]:
        return {(names[e.source], e.role, names[e.target]) for e in (await ask(client_of(), ids[name])).edges}

    to_model = {
        ("data", "data", "task"),
        ("task", "model", "output model"),
        ("output model", "registered", "model"),
    }
    to_service = to_model | {("model", "model", "service")}
    predictions = {("task", "predictions", "output predictions")}
    assert await seen("service") == to_service
    assert await seen("data") == to_service | predictions
    assert await seen("model") == to_service
    assert await seen("output predictions") == {("data", "data", "task")} | predictions
    found = await ask(client_of(), ids["service"])
    assert [n.kind for n in found.nodes] == ["dataset", "task", "output", "model", "service"]
    assert not found.truncated


async def test_it_reads_well_in_both_languages(client_of: ClientOf, platform: Platform) -> None:
    ids = await whole_way(client_of, platform)
    found = await ask(client_of(), ids["model"])
    text = list(lines(found, "en"))
    assert text[0] == f"  {ids['data']}  data set d 1"
    assert text[1] == f"  {ids['task']}  task train [train-numpy 1.0.0] running  ← data set d (data)"
    assert text[3] == f"* {ids['model']}  model m 1  ← output model (registered)"
    assert "任务 train" in "\n".join(lines(found, "zh_CN"))
    assert list(lines(found.model_copy(update={"truncated": True}), "zh"))[-1] == "…未全部显示"


async def test_others_things_stay_hidden(client_of: ClientOf, platform: Platform) -> None:
    ids = await whole_way(client_of, platform)
    bob, root = client_of("bob"), client_of("root", "admin")
    for path in ("lineage", "artifacts"):
        assert (await bob.get(f"/api/v1/{path}/{ids['data']}")).status_code == 404
        assert (await root.get(f"/api/v1/{path}/{ids['data']}")).status_code == 200
        assert (await root.get(f"/api/v1/{path}/nothing")).status_code == 404
    task = {"operator": "train-numpy", "inputs": {"data": {"dataset": "d"}}}
    theirs = (await root.post("/api/v1/tasks", json=task)).json()["id"]
    assert theirs in {n.id for n in (await ask(root, ids["data"])).nodes}
    assert theirs not in {n.id for n in (await ask(client_of("ann"), ids["data"])).nodes}


async def test_an_answer_is_bounded(client_of: ClientOf, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlplatform.core.lineage.MOST", 2)
    ids = await whole_way(client_of, platform)
    found = await ask(client_of(), ids["data"])
    assert found.truncated and len(found.edges) == 2


async def test_tables_are_known_from_the_upload_on(client_of: ClientOf, platform: Platform) -> None:
    ids = await whole_way(client_of, platform)
    ann = client_of()
    data = (await ann.get(f"/api/v1/artifacts/{ids['data']}")).json()
    assert data["size"] == len(CSV)
    columns = data["tables"]["d.csv"]["columns"]
    assert [(c["name"], c["type"]) for c in columns] == [("x", "integer"), ("y", "integer"), ("label", "text")]
    assert (columns[1]["minimum"], columns[1]["maximum"], columns[1]["mean"]) == (2, 4, 3)
    predictions = (await ann.get(f"/api/v1/artifacts/{ids['output predictions']}")).json()
    assert [c["name"] for c in predictions["tables"]["p.csv"]["columns"]] == ["label", "p"]  # of the last upload
    assert (await ann.get(f"/api/v1/artifacts/{ids['model']}")).json()["tables"] == {}
