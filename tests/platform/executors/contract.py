"""What every executor must do. A test class for one subclasses this and gives it a platform that really runs work."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.platform.served import digits, wait_for


class ExecutorContract:
    """Needs a fixture `client`: an administrator's client of a platform over this executor, with operators of the tests."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def data(cls, client: httpx.Client) -> None:
        answer = client.post("/api/v1/datasets/digits", params={"file": "digits.csv.gz"}, content=digits())
        answer.raise_for_status()

    def run(self, client: httpx.Client, operator: str, **more: Any) -> dict[str, Any]:
        body = {"operator": operator, "inputs": {"data": {"dataset": "digits"}}} | more
        submitted: dict[str, Any] = client.post("/api/v1/tasks", json=body).raise_for_status().json()
        return submitted

    def ended(self, client: httpx.Client, task: dict[str, Any]) -> dict[str, Any]:
        return wait_for(client, f"/api/v1/tasks/{task['id']}", ("succeeded", "failed", "cancelled"))

    def log(self, client: httpx.Client, task: dict[str, Any], rank: int = 0) -> str:
        return client.get(f"/api/v1/tasks/{task['id']}/logs", params={"rank": rank}).raise_for_status().text

    def test_inputs_outputs_metrics_and_logs_travel(self, client: httpx.Client) -> None:
        task = self.ended(client, self.run(client, "probe", params={"do": "copy"}))
        assert task["state"] == "succeeded", task
        copied = client.get(f"/api/v1/tasks/{task['id']}/outputs/copy/deep/digits.csv.gz").content
        assert copied == digits()
        assert task["metrics"] == {"size": len(digits())}
        assert "copied" in self.log(client, task)

    def test_a_gang_knows_its_ranks_and_meets(self, client: httpx.Client) -> None:
        task = self.ended(client, self.run(client, "probe", params={"do": "meet"}, resources={"replicas": 2}))
        assert task["state"] == "succeeded", (task, self.log(client, task), self.log(client, task, 1))
        assert "rank 0 heard from rank 1" in self.log(client, task)
        assert "rank 1 of 2" in self.log(client, task, 1)

    def test_a_failure_says_which_replica_and_how(self, client: httpx.Client) -> None:
        task = self.ended(client, self.run(client, "probe", params={"do": "fail"}, resources={"replicas": 2}))
        assert task["state"] == "failed"
        assert "replica 1: exit code 3" in task["reason"]["text"]["en"]
        assert "going down" in self.log(client, task, 1)
        assert task["outputs"] == {}

    def test_logs_come_while_it_runs_and_cancelling_ends_it(self, client: httpx.Client) -> None:
        task = self.run(client, "probe", params={"do": "hang"})
        wait_for(client, f"/api/v1/tasks/{task['id']}", ("running",))
        for _ in range(200):
            if "hanging" in self.log(client, task):
                break
            wait_for(client, f"/api/v1/tasks/{task['id']}", ("running",))
        assert "hanging" in self.log(client, task)
        client.post(f"/api/v1/tasks/{task['id']}/cancel").raise_for_status()
        assert self.ended(client, task)["state"] == "cancelled"

    def test_the_command_never_sees_the_token(self, client: httpx.Client) -> None:
        task = self.ended(client, self.run(client, "probe", params={"do": "environment"}))
        log = self.log(client, task)
        assert "MLP_TASK" in log and "TOKEN" not in log and "eyJ" not in log

    def test_a_model_is_trained_published_and_predicts_as_it_did_offline(self, client: httpx.Client) -> None:
        import csv
        import io

        task = self.ended(client, self.run(client, "train-numpy"))
        assert task["state"] == "succeeded" and task["metrics"]["accuracy"] > 0.9
        client.post("/api/v1/models", json={"name": "digits", "task": task["id"]}).raise_for_status()
        client.post("/api/v1/services", json={"name": "digits", "model": "digits"}).raise_for_status()
        assert wait_for(client, "/api/v1/services/digits", ("ready", "failed"))["state"] == "ready"
        table = client.get(f"/api/v1/tasks/{task['id']}/outputs/predictions/predictions.csv").text
        rows = list(csv.DictReader(io.StringIO(table)))
        names = [f"x{i}" for i in range(64)]
        tensor = {"name": "rows", "shape": [len(rows), 64], "datatype": "FP32"}
        tensor["data"] = [float(row[name]) for row in rows for name in names]
        answer = (
            client.post("/api/v1/services/digits/infer", json={"id": "7", "inputs": [tensor]}).raise_for_status().json()
        )
        outputs = {o["name"]: o["data"] for o in answer["outputs"]}
        assert outputs["label"] == [row["predicted"] for row in rows]
        assert outputs["probabilities"] == [float(row[f"p_{digit}"]) for row in rows for digit in range(10)]
        wrong = client.post("/api/v1/services/digits/infer", json={"inputs": [tensor | {"shape": [1, 3]}]})
        assert wrong.status_code == 422 and "shape" in wrong.json()["detail"]
        assert client.post("/api/v1/services", json={"name": "digits", "model": "digits"}).status_code == 409
        client.delete("/api/v1/services/digits").raise_for_status()
        wait_for(client, "/api/v1/services/digits", ("stopped",))
        assert client.post("/api/v1/services/digits/infer", json={"inputs": [tensor]}).status_code == 503
