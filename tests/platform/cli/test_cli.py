"""The command line as a user meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from mlplatform.keys import new_key
from mlplatform.scheduler import trace
from mlplatform.scheduler.decide import decide
from mlplatform.scheduler.state import Amount, Node, Pending, State
from mlplatform.tokens import Caller, Keyring

from tests.platform.models.descriptions import DATASET, IMAGE, MODEL, OPERATOR, SCHEDULE, SERVICE, WORKFLOW
from tests.platform.served import ROOT, Served


def run(*arguments: str | Path, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "mlplatform", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "platform")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_a_token_is_made_with_the_signing_key_alone(tmp_path: Path) -> None:
    key = tmp_path / "signing.pem"
    key.write_bytes(new_key())
    made = run(
        "token", "create", "--subject", "admin", "--role", "admin", "--ttl", "1h", MLPLATFORM_SIGNING_KEY=str(key)
    )
    assert Keyring.load(key).check_caller(made.stdout.strip()) == Caller("admin", "admin")


@pytest.mark.parametrize("ttl", ["soon", "0h", "-1h", "5y"])
def test_a_time_that_is_none_is_refused(tmp_path: Path, ttl: str) -> None:
    (tmp_path / "k").write_bytes(new_key())
    assert (
        "30m, 12h, 7d" in run("token", "create", "--subject", "a", "--ttl", ttl, "--key", tmp_path / "k", code=2).stderr
    )


def test_a_wrong_key_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "k").write_text("nonsense")
    assert "Ed25519" in run("token", "create", "--subject", "a", "--key", tmp_path / "k", code=2).stderr
    assert "Ed25519" in run("token", "create", "--subject", "a", "--key", tmp_path / "none", code=2).stderr


KINDS = {
    "operator": OPERATOR,
    "dataset": DATASET,
    "image": IMAGE,
    "model": MODEL,
    "workflow": WORKFLOW,
    "service": SERVICE,
    "schedule": SCHEDULE,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_takes_what_validate_takes(kind: str) -> None:
    schema = json.loads(run("schema", kind).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    good = yaml.safe_load(KINDS[kind])
    jsonschema.validate(good, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(good | {"kind": "Other"}, schema)


def test_validate_tells_good_from_wrong_by_its_exit_code(tmp_path: Path) -> None:
    files = sorted((ROOT / "platform/operators").glob("*/operator.yaml"))
    assert run("validate", *files).stdout.count(": good: Operator") == len(files) >= 3
    (tmp_path / "digits.csv").write_text("pixel,label\n1,2\n")
    data, workflow = tmp_path / "data.yaml", tmp_path / "workflow.yaml"
    data.write_text(DATASET)
    workflow.write_text(WORKFLOW)
    assert "正确: Workflow digits 1.0.0" in run("validate", data, workflow, LC_ALL="zh_CN.UTF-8").stdout
    workflow.write_text(WORKFLOW.replace("output: predictions", "output: model"))
    assert f"{workflow}:20:9: spec.steps.second.inputs.data: gives model" in run("validate", workflow, code=1).stderr
    assert "来源的类型是 model" in run("validate", workflow, code=1, LC_ALL="zh_CN.UTF-8").stderr
    (tmp_path / "digits.csv").unlink()
    assert f"{data}:6:3: spec.file: there is no such file" in run("validate", data, code=1).stderr
    assert "does not exist" in run("validate", tmp_path / "none.yaml", code=2).stderr
    run("validate", code=2)


def test_validate_speaks_json(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(IMAGE)
    good = {"file": str(file), "kind": "Image", "name": "own", "version": "1.0.0"}
    assert json.loads(run("validate", "--json", file).stdout) == {"good": [good], "mistakes": []}
    file.write_text(IMAGE.replace("kind: Image", "kind: Picture"))
    (mistake,) = json.loads(run("validate", "--json", file, code=1).stdout)["mistakes"]
    assert (mistake["file"], mistake["line"], mistake["column"], mistake["field"]) == (str(file), 2, 1, "kind")
    assert mistake["message"]["en"].startswith("must be one of") and "之一" in mistake["message"]["zh"]


def test_a_trace_replays_and_tells_what_differs(tmp_path: Path) -> None:
    node = Node(name="n1", total=Amount(cpu=1000, memory=9))
    item = Pending(id="t", name="t", queue="task", priority=0, since=1.0, each=Amount(cpu=1, memory=1))
    state = State(nodes=(node,), running=(), pending=(item,))
    good = trace.line(state, 2.0, decide(state, 2.0))
    file = tmp_path / "trace.jsonl"
    file.write_bytes(good)
    assert "1 rounds replayed, 0 decided otherwise" in run("scheduler", "replay", file).stdout
    file.write_bytes(good + good.replace(b'"placement":["n1"]', b'"placement":["n2"]'))
    assert f"{file}:2: recorded Start" in run("scheduler", "replay", file, code=1).stdout
    file.write_bytes(good + b"{}\n")
    assert f"{file}:2: now: Field required" in run("scheduler", "replay", file, code=2).stderr
    assert "No such file" in run("scheduler", "replay", tmp_path / "none", code=2).stderr


def test_configuration_that_is_missing_is_named() -> None:
    assert "MLPLATFORM_DATABASE_URL" in run("api", code=2).stderr


def test_a_second_serve_and_a_used_port_are_refused(served: Served, tmp_path: Path) -> None:
    port = served.url.rsplit(":", 1)[1]
    again = run("serve", "--data", served.data, "--port", "1", code=1)
    assert "in use by another" in again.stderr
    assert f":{port}: Address already in use" in run("serve", "--data", tmp_path, "--port", port, code=1).stderr


def test_the_queue_is_explained_on_the_command_line(served: Served) -> None:
    cpus = os.cpu_count() or 1
    with served.client() as client:
        client.post("/api/v1/datasets/cli", params={"file": "d.csv"}, content=b"1,a\n").raise_for_status()
        body = {"operator": "train-numpy", "inputs": {"data": {"dataset": "cli"}}, "resources": {"cpu": cpus + 1}}
        task = client.post("/api/v1/tasks", json=body).raise_for_status().json()
        where = ("--data", served.data)
        explained = run("explain", task["id"], *where, LC_ALL="C.UTF-8").stdout
        assert explained.startswith("queued: It asks for") and "Place 1 in the task queue" in explained
        assert task["id"] in run("queue", *where).stdout
        assert "任务队列" in run("explain", task["id"], *where, LC_ALL="zh_CN.UTF-8").stdout
        seen = json.loads(run("what-if", task["id"], "--cpu", "0.1", "--model", "any", "--json", *where).stdout)
        assert seen["then"]["starts"] and not seen["now"]["starts"]
        assert "then: Its turn" in run("what-if", task["id"], "--cpu", "0.1", *where, LC_ALL="C.UTF-8").stdout
        run("pause", task["id"], *where)
        assert "It is paused" in run("explain", task["id"], *where, LC_ALL="C.UTF-8").stdout
        run("resume", task["id"], *where)
        run("pause", "services", *where)
        assert client.get("/api/v1/queue").json()["paused"] == ["service"]
        run("resume", "services", *where)
        client.post(f"/api/v1/tasks/{task['id']}/cancel").raise_for_status()
        assert "There is no such task. none" in run("explain", "none", *where, code=1, LC_ALL="C.UTF-8").stderr
    assert "--data" in run("queue", code=1).stderr
    assert "No such file" in run("queue", "--data", served.data / "none", code=1).stderr
    token, ca = str(served.data / "admin.token"), str(served.data / "tls/ca.crt")
    away = {"MLPLATFORM_URL": "https://127.0.0.1:1", "MLPLATFORM_TOKEN_FILE": token, "MLPLATFORM_CA_FILE": ca}
    assert "https://127.0.0.1:1" in run("queue", code=1, **away).stderr


def test_secrets_are_private_and_stay(served: Served) -> None:
    for name in ("keys", "tls/tls.key", "admin.token"):
        assert (served.data / name).stat().st_mode & 0o077 == 0, name
    log = (served.data / "serve.log").read_text()
    assert served.token not in log


def test_lineage_is_shown_and_its_errors_are_sentences(served: Served, tmp_path: Path) -> None:
    with served.client() as client:
        uploaded = client.post("/api/v1/datasets/lineage", params={"file": "d.csv"}, content=b"1,2,a\n").json()
    there = {
        "MLPLATFORM_URL": served.url,
        "MLPLATFORM_TOKEN_FILE": str(served.data / "admin.token"),
        "MLPLATFORM_CA_FILE": str(served.data / "tls/ca.crt"),
    }
    line = f"* {uploaded['id']}  数据集 lineage 1\n"
    assert run("lineage", uploaded["id"], "--data", served.data, LC_ALL="zh_CN.UTF-8").stdout == line
    assert json.loads(run("lineage", uploaded["id"], "--json", **there).stdout)["nodes"][0]["kind"] == "dataset"
    assert "There is no such artifact, task or service. none" in run("lineage", "none", code=1, **there).stderr
    away = there | {"MLPLATFORM_URL": "https://127.0.0.1:1"}
    assert "does not answer at https://127.0.0.1:1" in run("lineage", "x", code=1, **away).stderr
    assert "CERTIFICATE_VERIFY_FAILED" in run("lineage", "x", code=1, **there | {"MLPLATFORM_CA_FILE": ""}).stderr
    assert "--data" in run("lineage", "x", code=1).stderr
    assert "address: No such file" in run("lineage", "x", "--data", tmp_path, code=1).stderr


def test_the_kit_tells_by_its_exit_code_whether_an_operator_keeps_the_contract(tmp_path: Path) -> None:
    operators = ROOT / "platform/operators"
    said = run("operator", "test", operators / "concatenate", LC_ALL="zh_CN.UTF-8").stdout
    assert "通过  runs: 以退出码 0 结束" in said and "失败" not in said and "未检查" in said
    (tmp_path / "concatenate").mkdir()
    copied = (operators / "concatenate/operator.yaml").read_text()
    (tmp_path / "concatenate/operator.yaml").write_text(copied)
    found = json.loads(run("operator", "test", "--json", tmp_path / "concatenate", code=1).stdout)
    assert found["good"] is False and found["findings"][-1]["check"] == "command"
    for wrong in (["--params", "["], ["--params", "[]"], ["--input", "data"], ["--input", "data=/none"]):
        run("operator", "test", operators / "concatenate", *wrong, code=2)
    run("operator", "test", tmp_path / "none", code=2)
