"""Workflows as a user runs them: files applied to a served platform, the example for real, and every refusal with its place."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.platform.cli.test_cli import run
from tests.platform.models.descriptions import IMAGE, MODEL, SCHEDULE, SERVICE
from tests.platform.served import ROOT, Served, digits

EXAMPLE = ROOT / "platform/examples/digits"
ENGLISH = {"LC_ALL": "C.UTF-8"}


@pytest.fixture
def where(served: Served) -> tuple[str, Path]:
    return ("--data", served.data)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "digits.csv.gz").write_bytes(digits())
    return tmp_path


def test_the_example_runs_and_again_it_is_all_there(served: Served, where: tuple[str, Path], example: Path) -> None:
    files = [example / "data.yaml", example / "workflow.yaml"]
    said = run("apply", *files, *where, **ENGLISH).stdout.splitlines()
    assert said == [f"{files[0]}: Dataset digits: created", f"{files[1]}: Workflow digits: created"]
    assert "无变化" in run("apply", *files, *where, LC_ALL="zh_CN.UTF-8").stdout.splitlines()[1]
    done = run("run", "digits", "--wait", "--json", *where, **ENGLISH)
    first = json.loads(done.stdout)
    assert first["state"] == "succeeded", first
    assert len({step["operator"] for step in first["steps"].values()}) >= 5
    tried = first["steps"]["try"]["tasks"]
    assert [t["value"] for t in tried] == [8, 32] and tried[1]["metrics"]["accuracy"] > 0.8
    best = max(tried, key=lambda t: t["metrics"]["accuracy"])
    with served.client() as client:
        came_from = client.get(f"/api/v1/lineage/{first['steps']['judge']['tasks'][0]['id']}").json()
        assert best["id"] in {n["id"] for n in came_from["nodes"]}
        assert client.get("/api/v1/workflows/digits").content == files[1].read_bytes()
    again = run("run", "digits", "--wait", *where, **ENGLISH)
    assert again.stdout.count("(cached)") == sum(len(s["tasks"]) for s in first["steps"].values())
    # One parameter of the last step: only that runs again.
    text = files[1].read_text()
    files[1].write_text(text.replace("hidden: 32, seed: 1", "hidden: 32, seed: 2"))
    assert f"{files[1]}: Workflow digits: changed" in run("apply", files[1], *where, **ENGLISH).stdout
    changed = json.loads(run("run", "digits", "--wait", "--json", *where).stdout)
    assert [n for n, s in changed["steps"].items() if not s["tasks"][0]["cached"]] == ["final"]
    listed = run("runs", "--workflow", "digits", *where, **ENGLISH).stdout.splitlines()
    assert len(listed) == 3 and listed[0].startswith(f"{changed['id']}  digits 2  succeeded")
    shown = run("run-status", first["id"], *where, **ENGLISH).stdout
    assert "try=32" in shown and "accuracy=0." in shown


def test_a_model_a_service_and_a_schedule_are_applied(served: Served, where: tuple[str, Path], tmp_path: Path) -> None:
    data = ("---\napiVersion: slipway/v1\nkind: Dataset\n"
            "metadata: {name: small, version: 1.0.0, title: {en: Small, zh: 小}}\nspec: {type: table, file: small.csv}\n")  # fmt: skip
    flow = ("---\napiVersion: slipway/v1\nkind: Workflow\nmetadata: {name: small, version: 1.0.0, title: {en: S, zh: 小}}\n"
            "spec: {steps: {a: {operator: statistics, inputs: {data: {dataset: small}}}}}  # é\n")  # fmt: skip
    schedule = SCHEDULE.replace("dataset: digits", "dataset: small")
    service = SERVICE.replace("name: digits", "name: applied").replace("model: mlp", "model: applied")
    model = MODEL.replace("name: mlp", "name: applied").replace("[model.json]", "[m/model.json, m/weights.npz]")
    file = tmp_path / "all.yaml"
    file.write_text(f"# All of it\n{schedule}---\n{service}---\n{model}{flow}{data}")
    (tmp_path / "small.csv").write_text("a,b\n1,2\n")
    (tmp_path / "m").mkdir()
    for name in ("model.json", "weights.npz"):
        (tmp_path / "m" / name).write_text(name)
    run("pause", "services", *where)  # what the model is made of could not be served
    try:
        said = json.loads(run("apply", "--json", file, *where).stdout)["applied"]
        assert [(a["kind"], a["outcome"]) for a in said] == [
            (kind, "created") for kind in ("Dataset", "Model", "Workflow", "Service", "Schedule")
        ]
        assert {a["outcome"] for a in json.loads(run("apply", "--json", file, *where).stdout)["applied"]} == {
            "unchanged"
        }
        with served.client() as client:
            (version,) = client.get("/api/v1/models/applied").json()["items"]
            assert [f["path"] for f in version["files"]] == ["model.json", "weights.npz"]
            assert client.get("/api/v1/models/applied/1/weights.npz").content == b"weights.npz"
            assert client.get("/api/v1/workflows/small").content == flow.encode()
            assert client.get("/api/v1/schedules/nightly").json()["next"]
            (tmp_path / "m/model.json").write_text("{}")
            file.write_text(file.read_text().replace("30 2", "40 2"))
            said = json.loads(run("apply", "--json", file, *where).stdout)["applied"]
            assert {a["kind"] for a in said if a["outcome"] == "changed"} == {"Model", "Service", "Schedule"}
            assert client.get("/api/v1/services/applied").json()["version"] == 2
            for path in ("services/applied", "schedules/nightly"):
                client.delete(f"/api/v1/{path}").raise_for_status()
    finally:
        run("resume", "services", *where)


def test_what_is_wrong_is_told_with_its_place_and_nothing_is_applied(
    served: Served, where: tuple[str, Path], example: Path
) -> None:
    workflow = example / "workflow.yaml"
    workflow.write_text(workflow.read_text().replace("step: whole", "step: hole"))
    wrong = run("apply", example / "data.yaml", workflow, *where, code=1, **ENGLISH)
    assert f"{workflow}:55:16: spec.steps.final.inputs.data.step: there is no hole here" in wrong.stderr
    assert wrong.stdout == ""
    (example / "own.yaml").write_text(IMAGE)
    assert ":2:1: kind: apply does not take" in run("apply", example / "own.yaml", *where, code=1, **ENGLISH).stderr
    service: dict[str, Any] = {"file": example / "s.yaml", "text": SERVICE.replace("model: mlp", "model: none")}
    service["file"].write_text(service["text"])
    refused = run("apply", service["file"], *where, code=1, **ENGLISH).stderr
    assert refused == f"{service['file']}:1:1: There is no such model. none\n"
    assert "There is no such workflow. none" in run("run", "none", *where, code=1, **ENGLISH).stderr
    assert "There is no such run. none" in run("run-status", "none", *where, code=1, **ENGLISH).stderr
    assert "does not exist" in run("apply", example / "none.yaml", *where, code=2).stderr


def test_a_run_that_fails_is_an_exit_code_and_can_be_cancelled_and_retried(
    served: Served, where: tuple[str, Path], example: Path
) -> None:
    workflow = example / "workflow.yaml"
    workflow.write_text(
        workflow.read_text().replace("name: digits", "name: broken", 1).replace("dataset: digits", "dataset: words")
    )
    with served.client() as client:
        client.post("/api/v1/datasets/words", params={"file": "w.csv"}, content=b"one,two\nthree\n").raise_for_status()
    run("apply", workflow, *where)
    failed = run("run", "broken", "--wait", *where, code=1, **ENGLISH)
    assert "Did not succeed: import." in failed.stdout and "Step import, which it needs, failed." in failed.stdout
    assert "import: failed" in failed.stderr
    id_ = failed.stdout.split()[0]
    run("pause", "tasks", *where)  # or it could have failed again before it is cancelled
    try:
        assert f"{id_}  broken 1  running" in run("run-retry", id_, *where, **ENGLISH).stdout
        assert f"{id_}  broken 1  cancelling" in run("run-cancel", id_, *where, **ENGLISH).stdout
    finally:
        run("resume", "tasks", *where)
