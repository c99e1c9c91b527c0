"""Of two things that are wrong with a request one is told: who may ask, then what is asked for, then whether it fits."""

from __future__ import annotations

from typing import Any

import pytest
from mlplatform.core import artifacts
from mlplatform.core.platform import Platform
from mlplatform.storage.blobs import once
from mlplatform.storage.tables import ArtifactFile
from mlplatform.tokens import Caller

from tests.platform.conftest import ClientOf

TASK: dict[str, Any] = {"operator": "train-numpy", "inputs": {"data": {"dataset": "d"}}}
SERVICE: dict[str, Any] = {"name": "s", "model": "m"}


@pytest.fixture
def database_url(tmp_path: object) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/test.db"


WRONG_TASKS: list[tuple[dict[str, Any], int, str]] = [
    ({"operator": "none", "tenant": "none"}, 404, "operator"),
    ({"operator": "serve-model", "tenant": "none"}, 422, "not made for that"),
    ({"tenant": "none", "inputs": {}}, 404, "tenant"),
    ({"priority": 100, "inputs": {}}, 403, "priority"),
    ({"inputs": {}, "params": {"epochs": 0}}, 422, "inputs do not fit"),
    ({"inputs": {"data": {"dataset": "none"}}, "params": {"epochs": 0}}, 404, "data set"),
    ({"inputs": {"data": {"model": "m"}}, "params": {"epochs": 0}}, 422, "gives model"),
    ({"params": {"epochs": 0}}, 422, "parameters do not fit"),
]
WRONG_SERVICES: list[tuple[dict[str, Any], int, str]] = [
    ({"operator": "none", "tenant": "none"}, 404, "operator"),
    ({"operator": "train-numpy", "tenant": "none"}, 422, "not made for that"),
    ({"tenant": "none", "model": "none"}, 404, "tenant"),
    ({"priority": 100, "model": "none"}, 403, "priority"),
    ({"model": "none", "params": {"x": 1}}, 404, "no such model"),
    ({"params": {"x": 1}, "name": "taken"}, 422, "parameters do not fit"),
    ({"name": "taken"}, 409, "already published"),
]


async def test_which_of_two_mistakes_is_told(client_of: ClientOf, platform: Platform) -> None:
    ann, root = client_of(), client_of("root", "admin")
    await root.put("/api/v1/tenants/default", json={"max_priority": 10})
    await ann.post("/api/v1/datasets/d", params={"file": "d.csv"}, content=b"1,2,a\n")
    blob = await platform.blobs.put(once(b"{}"))
    file = ArtifactFile(path="model.json", digest=blob.digest, size=blob.size)
    await artifacts.add_version(platform, Caller("ann", "user"), "model", "m", [file], tenant="default")
    assert (await ann.post("/api/v1/services", json={"name": "taken", "model": "m"})).status_code == 201
    for address, right, cases in (("tasks", TASK, WRONG_TASKS), ("services", SERVICE, WRONG_SERVICES)):
        for wrong, status, says in cases:
            answer = await ann.post(f"/api/v1/{address}", json=right | wrong)
            assert answer.status_code == status and says in answer.json()["title"], (address, wrong, answer.text)
    assert (await ann.get("/api/v1/tasks")).json()["items"] == []
    assert len((await ann.get("/api/v1/services")).json()["items"]) == 1
