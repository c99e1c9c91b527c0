"""An operator that registers its input as a model: by the runner, with the task's own token, under the name that was submitted."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from mlplatform.core.platform import Platform
from mlplatform.storage.tables import Task
from mlplatform.tokens import Worker
from sqlalchemy import update

from tests.platform.conftest import ClientOf


async def running(platform: Platform, client: httpx.AsyncClient, body: dict[str, Any], **values: Any) -> str:
    """A task that runs, as far as the API can tell; its id."""
    answer = await client.post("/api/v1/tasks", json=body)
    assert answer.status_code == 201, answer.text
    id_ = str(answer.json()["id"])
    async with platform.database.transaction() as session:
        await session.execute(update(Task).where(Task.id == id_).values(state="running", **values))
    return id_


async def trained(platform: Platform, client_of: ClientOf, who: str = "ann") -> str:
    """A task with a model as its output."""
    client = client_of(who)
    await client.post(f"/api/v1/datasets/{who}", params={"file": "d.csv"}, content=b"1,2,a\n")
    body = {"operator": "train-numpy", "inputs": {"data": {"dataset": who}}}
    task = await running(platform, client, body, metrics={"loss": 0.5, "accuracy": 0.1})
    worker = client_of(token=platform.keyring.issue_worker(Worker("task", task)))
    assert (await worker.put("/api/v1/worker/outputs/model/model.json", content=b"{}")).status_code == 204
    return task


def registration(task: str, name: str = "digits") -> dict[str, Any]:
    model = {"task": task, "output": "model"}
    return {"operator": "register", "params": {"name": name}, "inputs": {"model": model}}


async def test_an_input_becomes_the_next_version_of_its_owner_s_model(platform: Platform, client_of: ClientOf) -> None:
    ann = client_of("ann")
    source = await trained(platform, client_of)
    await ann.post("/api/v1/models", json={"name": "digits", "task": source})
    task = await running(platform, ann, registration(source), metrics={"accuracy": 0.9})
    worker = client_of(token=platform.keyring.issue_worker(Worker("task", task)))
    assert (await worker.get("/api/v1/worker")).json()["registers"] == ["model"]
    answer = await worker.post("/api/v1/worker/models", params={"input": "model"})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["name"], made["version"], made["owner"], made["task"]) == ("digits", 2, "ann", source)
    assert made["metrics"] == {"loss": 0.5, "accuracy": 0.9}  # the trainer's, and what this task found
    assert (await ann.get("/api/v1/models/digits/2/model.json")).content == b"{}"
    again = await worker.post("/api/v1/worker/models", params={"input": "model"})  # the answer got lost
    assert again.json()["id"] == made["id"]
    edges = (await ann.get(f"/api/v1/lineage/{made['id']}")).json()["edges"]
    output = (await ann.get(f"/api/v1/tasks/{source}")).json()["outputs"]["model"]
    came = {(e["source"], e["role"], e["target"]) for e in edges}
    assert {(output, "model", task), (output, "registered", made["id"]), (task, "registered", made["id"])} <= came


async def test_only_the_task_s_own_token_registers_and_only_what_was_named(
    platform: Platform, client_of: ClientOf
) -> None:
    ann = client_of("ann")
    source = await trained(platform, client_of)
    task = await running(platform, ann, registration(source))
    worker = client_of(token=platform.keyring.issue_worker(Worker("task", task)))
    trainer = client_of(token=platform.keyring.issue_worker(Worker("task", source)))
    ask = "/api/v1/worker/models"
    assert (await worker.post(ask, params={"input": "evaluation"})).status_code == 404
    assert (await worker.post(ask)).status_code == 422
    assert (await trainer.post(ask, params={"input": "data"})).status_code == 404  # it names nothing to register
    assert (await ann.post(ask, params={"input": "model"})).status_code == 401
    earlier = client_of(token=platform.keyring.issue_worker(Worker("task", task, attempt=7)))
    assert (await earlier.post(ask, params={"input": "model"})).status_code == 410
    async with platform.database.transaction() as session:
        await session.execute(update(Task).where(Task.id == task).values(state="succeeded"))
    assert (await worker.post(ask, params={"input": "model"})).status_code == 410
    assert (await ann.get("/api/v1/models")).json()["items"] == []


@pytest.mark.parametrize("name", ["Digits", "../x", "", "a" * 41])
async def test_a_name_that_is_none_is_refused_at_once(platform: Platform, client_of: ClientOf, name: str) -> None:
    source = await trained(platform, client_of)
    answer = await client_of("ann").post("/api/v1/tasks", json=registration(source, name))
    assert answer.status_code == 422 and "params.name" in answer.text


async def test_another_s_name_is_refused_when_the_task_is_submitted(platform: Platform, client_of: ClientOf) -> None:
    theirs = await trained(platform, client_of, "bob")
    await client_of("bob").post("/api/v1/models", json={"name": "digits", "task": theirs})
    answer = await client_of("ann").post("/api/v1/tasks", json=registration(await trained(platform, client_of)))
    assert answer.status_code == 409 and "name_taken" in answer.text
