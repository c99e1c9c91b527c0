"""What the system operators do with trained models: predict, evaluate, refuse."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from mlplatform.kit import samples
from toolkit.classifier import Classifier

from tests.platform.operators.conftest import Run, refused, rows

TRAINED = ["model.json", "weights.npz"]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a model of one layer, which says x, y or z by the sum of two features: below -1, about 0, above 1."""
    folder = tmp_path_factory.mktemp("model")
    weights = np.array([[-1, 0, 1], [-1, 0, 1]], np.float32)
    Classifier(
        np.zeros(2, np.float32), np.ones(2, np.float32), [(weights, np.array([0, 1, 0], np.float32))], list("xyz")
    ).save(folder)
    return {name: (folder / name).read_bytes() for name in TRAINED}


def test_each_row_gets_a_class_and_keeps_its_cells(run: Run, tmp_path: Path, model: dict[str, bytes]) -> None:
    done = run("predict", {"data": {"t.csv": b"a,b,note\n-9,0,x\n0,0.50,?\n9,9,z\n"}, "model": model})
    assert done.returncode == 0, done.stdout + done.stderr
    header, *found = rows(tmp_path / "outputs/predictions/predictions.csv")
    assert header == ["a", "b", "note", "predicted", "p_x", "p_y", "p_z"]
    assert [r[:4] for r in found] == [["-9", "0", "x", "x"], ["0", "0.50", "?", "y"], ["9", "9", "z", "z"]]
    assert all(abs(sum(map(float, r[4:])) - 1) < 1e-6 for r in found)
    assert json.loads((tmp_path / "metrics.jsonl").read_text()) == {"rows": 3}


def test_a_table_without_header_and_class_is_predicted_too(run: Run, tmp_path: Path, model: dict[str, bytes]) -> None:
    many = b"".join(b"%d,1\n" % i for i in range(-5000, 5000))  # more than one batch
    assert run("predict", {"data": {"t.csv": many}, "model": model}).returncode == 0
    header, *found = rows(tmp_path / "outputs/predictions/predictions.csv")
    assert header[:3] == ["x0", "x1", "predicted"]
    assert [r[2] for r in found] == ["x"] * 4999 + ["y"] * 2 + ["z"] * 4999


def test_an_evaluation_counts_what_was_taken_for_what(run: Run, tmp_path: Path, model: dict[str, bytes]) -> None:
    table = b"a,b,c\n-9,0,x\n-9,1,x\n0,0,x\n0,0,y\n9,9,z\n9,9,w\n"
    done = run("evaluate", {"data": {"t.csv": table}, "model": model})
    assert done.returncode == 0, done.stdout + done.stderr
    assert rows(tmp_path / "outputs/evaluation/evaluation.csv") == [
        ["class", "rows", "right", "precision", "recall", "f1", "said_x", "said_y", "said_z"],
        ["x", "3", "2", "1.0", str(2 / 3), "0.8", "2", "1", "0"],
        ["y", "1", "1", "0.5", "1.0", str(2 / 3), "0", "1", "0"],
        ["z", "1", "1", "0.5", "1.0", str(2 / 3), "0", "0", "1"],
        ["w", "1", "0", "0.0", "0.0", "0.0", "0", "0", "1"],
    ]
    metrics = json.loads((tmp_path / "metrics.jsonl").read_text())
    assert metrics == {"accuracy": 4 / 6, "f1": pytest.approx((0.8 + 4 / 3) / 4), "rows": 6}
    assert "does not know 1 of the classes, such as ['w']" in done.stdout


HOSTILE = [
    (b"", "t.csv: is empty"),
    (b"a,b,c\n", "t.csv: has no rows"),
    (b"a,b,c\n1,x,x\n", "t.csv:2: not all features are numbers"),
    (b"a,b,c\n\n1,1e308,x\n", "t.csv:3: a value is not finite, or too large for 32 bits"),
    (b"1,2,x\n1,nan,x\n", "t.csv:2: a value is not finite"),
    (b"1,2,x\n1,2\n", "t.csv:2: 2 columns, the lines before have 3"),
    (b"1,2,3,x\n", "t.csv: 4 columns; the model reads 2"),
    (samples.junk(), "t.csv: cannot be read"),
]


@pytest.mark.parametrize("name", ["predict", "evaluate"])
@pytest.mark.parametrize(("table", "says"), HOSTILE)
def test_a_table_that_does_not_fit_is_told_by_line(
    run: Run, model: dict[str, bytes], name: str, table: bytes, says: str
) -> None:
    refused(run(name, {"data": {"t.csv": table}, "model": model}), says)


@pytest.mark.parametrize(
    ("table", "says"),
    [(b"1,2\n", "the one with the class is missing"), (b"1,2,q\n", "knows none of its classes: ['q']")],
)
def test_an_evaluation_needs_classes_that_the_model_knows(
    run: Run, model: dict[str, bytes], table: bytes, says: str
) -> None:
    refused(run("evaluate", {"data": {"t.csv": table}, "model": model}), says)


@pytest.mark.parametrize("name", ["predict", "evaluate", "serve-model"])
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model.json": b'{"format": "other/1"}'}, "format 'other/1'"),
        ({"model.json": b'{"format": "slipway-classifier/1"}'}, "'layers' is missing"),
        ({"model.json": b"[]"}, "no model that is known here"),
        ({"model.json": b"\xff"}, "no model that is known here"),
        ({"weights.npz": b"no archive"}, "no model that is known here"),
        ({"weights.npz": b""}, "no model that is known here"),
        ({"weights.npz": samples.junk()}, "no model that is known here"),
        (
            {"model.json": b'{"format": "slipway-classifier/1", "layers": [2], "classes": ["x", "y"]}'},
            "do not fit model.json",
        ),
    ],
)
def test_another_model_is_refused(
    run: Run, model: dict[str, bytes], name: str, change: dict[str, bytes], says: str
) -> None:
    inputs = {"model": model | change}
    if name != "serve-model":
        inputs["data"] = {"t.csv": b"1,2,x\n"}
    refused(run(name, inputs), says)
