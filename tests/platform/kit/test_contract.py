"""The contract kit: the system operators pass it, a careless one fails where it is careless."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given as fuzz
from hypothesis import strategies as st
from mlplatform import HOME
from mlplatform.kit import samples
from mlplatform.kit.contract import GRACE, check_operator, stopped_after, try_on
from mlplatform.kit.findings import Finding, good
from mlplatform.kit.stand import Stand, stand
from mlplatform.models.load import load_file, load_operators, the_operator
from mlplatform.models.operator import Operator

CARELESS = Path(__file__).parent / "careless"
SYSTEM = load_operators(HOME / "operators").operators


@pytest.fixture(scope="module")
def platform() -> Iterator[Stand]:
    with stand([CARELESS], 120) as running:
        yield running


def outcomes(findings: list[Finding]) -> dict[str, str]:
    return {f.check: f.outcome for f in findings}


@pytest.mark.parametrize("name", sorted(SYSTEM.keys() - {"train-torch"}))  # torch is in an image only
def test_the_system_operators_keep_it(platform: Stand, name: str, tmp_path: Path) -> None:
    if name == "deduplicate" and shutil.which("go") is None:
        pytest.skip("there is no go to build it")
    given: dict[str, Path] = {}
    if name == "import-parquet":
        given["file"] = tmp_path / "sample.parquet"
        pq.write_table(pa.table({"a": [1, 2]}), given["file"])
    findings = list(try_on(platform, SYSTEM[name], {}, given))
    assert good(findings), [f.show("en") for f in findings]
    found = outcomes(findings)
    assert found["stops"] in ("good", "note") and found["folder"] == "good"
    if "train" in SYSTEM[name].spec.modes:
        assert found["runs"] == found["repeatable"] == "good"
        if SYSTEM[name].spec.outputs:
            assert found["outputs"] == found["metrics"] == "good"
    else:
        assert found["ready"] == found["refuses"] == "good"


def careless() -> Operator:
    file = CARELESS / "operator.yaml"
    return the_operator(load_file(file), file)


def test_a_careless_operator_is_told_everything_that_is_wrong(platform: Stand) -> None:
    findings = list(try_on(platform, careless(), {"how": "badly"}, {}))
    text = "\n".join(f.show("en") for f in findings)
    for line in (
        "FAILED  outputs: output empty has no file",
        "FAILED  outputs: output broken is a table, but has no .csv",
        "FAILED  metrics: line 1 of the metrics is no JSON object of numbers: loss: 0.5",
        "note    repeatable: a second run gave other outputs",
        "FAILED  refuses: random bytes as data should end it with a sentence",
        "FAILED  folder: writes into its own folder, read-only on a cluster: notes",
    ):
        assert line in text
    assert "失败  outputs: 输出 empty 没有文件" in "\n".join(f.show("zh") for f in findings)
    assert not good(findings)


def test_a_failing_command_shows_its_log(platform: Stand, tmp_path: Path) -> None:
    (tmp_path / "junk.csv").write_text("as if it were random")
    (finding, *_) = try_on(platform, careless(), {"how": "badly"}, {"data": tmp_path / "junk.csv"})
    assert (finding.check, finding.outcome) == ("runs", "failed") and "Traceback" in finding.text.en


def test_work_that_does_not_end_in_time_is_told(platform: Stand) -> None:
    hasty = Stand(platform.client, platform.operators, platform.work, patience=0)
    findings = list(try_on(hasty, careless(), {"how": "badly"}, {}))
    assert outcomes(findings)["ends"] == "failed"


def write(folder: Path, text: str) -> Path:
    target = folder / "careless"
    target.mkdir()
    (target / "operator.yaml").write_text(text)
    return target


@pytest.mark.parametrize(
    ("old", "new", "check", "says"),
    [
        ("kind: Operator", "kind: Opera", "description", ":2:1: kind: must be one of"),
        ("", "", "command", "there is no run.sh in the folder"),
        ("enum: [badly]", "pattern: '^x+$', type: string", "params", "how: 'a' does not match '^x+$'; give values"),
    ],
)
def test_a_wrong_description_is_told_before_anything_runs(
    tmp_path: Path, old: str, new: str, check: str, says: str
) -> None:
    folder = write(tmp_path, (CARELESS / "operator.yaml").read_text().replace(old, new))
    failed = [f for f in check_operator(folder, {}, {}, 1) if f.outcome == "failed"]
    assert any(f.check == check and says in f.text.en for f in failed)


def test_an_input_that_the_operator_has_not_is_told() -> None:
    failed = [f for f in check_operator(CARELESS, {}, {"date": Path("x")}, 1) if f.outcome == "failed"]
    assert [f.text.en for f in failed] == ["the operator has no input date"]


def test_ignoring_the_signal_is_a_breach() -> None:
    assert stopped_after(0.5).outcome == "good"
    assert stopped_after(GRACE).outcome == "failed" and "SIGTERM" in stopped_after(GRACE + 1).text.zh


def test_the_grace_is_the_runner_s() -> None:
    lines = ast.parse((HOME / "operators/runner.py").read_text()).body
    values = {
        n.targets[0].id: n.value for n in lines if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name)
    }
    assert ast.literal_eval(values["GRACE"]) == GRACE


schemas = st.sampled_from(
    [
        {"const": 7},
        {"enum": ["x", "y"]},
        {"type": "integer", "minimum": 3},
        {"type": "integer", "exclusiveMinimum": 3},
        {"type": "number", "exclusiveMinimum": 0},
        {"type": "boolean"},
        {"type": "string", "minLength": 4},
        {"type": "array", "items": {"type": "integer"}, "minItems": 2},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
        {},
    ]
)


@fuzz(st.dictionaries(st.sampled_from("abc"), schemas))
def test_made_up_parameters_fit_their_schema(properties: dict[str, object]) -> None:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    jsonschema.validate(samples.params(schema), schema)
