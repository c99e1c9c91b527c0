"""The whole platform over an S3 store that goes away while a task writes: its log and outputs are complete."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platform.durability.deployment import deployed
from tests.platform.durability.test_log_loss import _notes
from tests.platform.served import ROOT
from tests.platform.storage.conftest import Gateway, gateway
from tests.waiting import until

__all__ = ["gateway"]
pytestmark = pytest.mark.postgresql


@pytest.fixture
def operators(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "operators"
    shutil.copytree(ROOT / "platform/operators", folder)
    shutil.copytree(Path(__file__).parents[1] / "operators/hostile", folder / "hostile")
    yield folder


def test_a_store_that_goes_away_loses_nothing(gateway: Gateway, tmp_path: Path, operators: Path) -> None:
    (tmp_path / "notes-0").mkdir()
    with deployed(tmp_path, operators, blobs="s3://blobs/platform", **gateway.settings) as deployment:
        with deployment.client() as client:
            body = {"operator": "hostile", "params": {"do": "numbered", "notes": str(tmp_path / "notes-0")}}
            path = f"/api/v1/tasks/{client.post('/api/v1/tasks', json=body).raise_for_status().json()['id']}"
            until(lambda: bool(client.get(f"{path}/logs").text), 60)
            gateway.stop()
            before = _notes(tmp_path, 0)
            until(lambda: _notes(tmp_path, 0)[0] > before[0] + 500, 60)
            gateway.start()
            client.post(f"{path}/cancel").raise_for_status()
            until(lambda: client.get(path).json()["state"] == "cancelled", 60)
            lines = client.get(f"{path}/logs").text.splitlines()
            assert [int(line) for line in lines] == list(range(len(lines))) and len(lines) >= _notes(tmp_path, 0)[0]
            body = {"operator": "hostile", "params": {"do": "names"}}
            path = f"/api/v1/tasks/{client.post('/api/v1/tasks', json=body).raise_for_status().json()['id']}"
            until(lambda: client.get(path).json()["state"] == "succeeded", 60)
        deployment.run("blobs", "verify")
