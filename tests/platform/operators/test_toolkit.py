"""What the system operators compute, in process: tables read strictly, the model the same everywhere and for any batch."""

from __future__ import annotations

import gzip
import json
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlplatform import HOME

sys.path.insert(0, str(HOME / "operators/serve-model"))

import serve
from toolkit import table
from toolkit.classifier import Classifier, describe, standardisation


def write(folder: Path, text: str, name: str = "t.csv") -> Path:
    (folder / name).write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return folder


def test_a_header_is_skipped_and_classes_are_sorted_as_numbers(tmp_path: Path) -> None:
    data = table.read(write(tmp_path, "a,b,label\n1,2,10\n3,4,9\n", "t.csv.gz"))
    assert data.features.tolist() == [[1, 2], [3, 4]]
    assert data.classes == ["9", "10"] and data.labels.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1,2,a\nx,4,b\n", "t.csv:2: not all features are numbers"),
        ("1,2,a\n3,b\n", "t.csv:2: 2 columns, the lines before have 3"),
        ("1,nan,a\n3,4,b\n", "row 1 has a value that is not finite"),
        ("1,2,a\n3,4,a\n", "one class only"),
        ("", "no rows"),
    ],
)
def test_a_wrong_table_is_told_by_line(
    tmp_path: Path, text: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        table.read(write(tmp_path, text))
    assert says in capsys.readouterr().out


def test_a_file_that_is_no_gzip_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv.gz").write_bytes(b"plain")
    with pytest.raises(SystemExit):
        table.read(tmp_path)
    assert "t.csv.gz: cannot be read" in capsys.readouterr().out


def test_the_split_keeps_proportions_and_is_repeatable(tmp_path: Path) -> None:
    rows = "".join(f"{i},{'a' if i % 4 else 'b'}\n" for i in range(400))
    data = table.read(write(tmp_path, rows))
    training, held = data.split(0.25, seed=3)
    assert len(held.labels) == 100 and np.bincount(held.labels).tolist() == [75, 25]
    assert not set(training.features[:, 0]) & set(held.features[:, 0])
    assert np.array_equal(data.split(0.25, seed=3)[1].features, held.features)
    assert not np.array_equal(data.split(0.25, seed=4)[1].features, held.features)


@pytest.fixture
def model() -> Classifier:
    random = np.random.default_rng(1)
    layers = [
        (random.normal(size=s).astype(np.float32), random.normal(size=s[1]).astype(np.float32))
        for s in ((7, 13), (13, 3))
    ]
    return Classifier(np.zeros(7, np.float32), np.ones(7, np.float32), layers, ["x", "y", "z"])


def test_a_model_survives_saving_bit_for_bit(model: Classifier, tmp_path: Path) -> None:
    model.save(tmp_path)
    rows = np.random.default_rng(2).normal(size=(50, 7))
    assert np.array_equal(Classifier.load(tmp_path, describe(tmp_path)).probabilities(rows), model.probabilities(rows))
    (tmp_path / "model.json").write_text(json.dumps({"format": "other"}))
    with pytest.raises(ValueError, match="other"):
        describe(tmp_path)


def test_a_row_s_prediction_does_not_depend_on_its_batch(model: Classifier) -> None:
    rows = np.random.default_rng(3).normal(size=(200, 7))
    together = model.probabilities(rows)
    assert np.allclose(together.sum(axis=1), 1, atol=1e-6)
    for size in (1, 3, 64):
        apart = np.concatenate([model.probabilities(rows[i : i + size]) for i in range(0, 200, size)])
        assert np.array_equal(apart, together)


def test_values_far_out_get_chances_too(model: Classifier) -> None:
    largest = np.finfo(np.float32).max
    rows = np.array([[largest, -largest] * 3 + [0]], np.float32)
    chances = model.probabilities(rows)
    assert np.isfinite(chances).all() and np.isclose(chances.sum(), 1)
    mean, scale = standardisation(np.array([[largest], [-largest], [largest]], np.float32))
    assert np.isfinite(mean).all() and np.isfinite(scale).all()


def ask(port: int, path: str, body: Any = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", data, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_the_server_speaks_the_protocol(model: Classifier) -> None:
    server = serve.make_server(model, "m", "1", 0, "127.0.0.1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        port = server.server_address[1]
        assert ask(port, "/v2/health/ready") == (200, {"ready": True})
        assert ask(port, "/v2/models/m")[1]["inputs"][0]["shape"] == [-1, 7]
        assert ask(port, "/v2/models/other")[0] == 404
        tensor = {"name": "rows", "shape": [2, 7], "datatype": "FP32", "data": [0.5] * 14}
        status, answer = ask(port, "/v2/models/m/infer", {"id": "a", "inputs": [tensor]})
        assert status == 200 and answer["id"] == "a" and answer["outputs"][1]["shape"] == [2, 3]
        nested = tensor | {"data": [[0.5] * 7] * 2}
        assert ask(port, "/v2/models/m/infer", {"inputs": [nested]})[1]["outputs"] == answer["outputs"]
        for wrong in (
            {},
            {"inputs": []},
            {"inputs": [tensor | {"shape": [1, 14]}]},
            {"inputs": [tensor | {"shape": [3, 7]}]},
            {"inputs": [tensor | {"datatype": "BYTES"}]},
            {"inputs": [tensor | {"data": ["x"] * 14}]},
            {"inputs": [tensor | {"shape": [0, 7], "data": []}]},
        ):
            status, answer = ask(port, "/v2/models/m/infer", wrong)
            assert status == 400 and answer["error"], wrong
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
