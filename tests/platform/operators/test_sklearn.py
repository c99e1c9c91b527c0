"""train-sklearn: what it stores says what scikit-learn says, and needs no scikit-learn to say it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlplatform.kit import samples
from sklearn.base import ClassifierMixin
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier
from toolkit import models
from toolkit.classifier import standardisation
from toolkit.table import Table

from tests.platform.operators.conftest import OPERATORS, Run, refused, rows

spec = importlib.util.spec_from_file_location("train_sklearn", OPERATORS / "train-sklearn/train.py")
assert spec and spec.loader
train: Any = importlib.util.module_from_spec(spec)
spec.loader.exec_module(train)

PARAMS = {"trees": 7, "depth": 0, "learning_rate": 0.3, "regularisation": 2.0, "seed": 5}
SKLEARN = {
    "logistic-regression": LogisticRegression(C=2.0, max_iter=1000),
    "decision-tree": DecisionTreeClassifier(random_state=5),
    "random-forest": RandomForestClassifier(7, random_state=5),
    "extra-trees": ExtraTreesClassifier(7, random_state=5),
    "gradient-boosting": GradientBoostingClassifier(n_estimators=7, learning_rate=0.3, random_state=5),
}


def data(classes: int, features: int = 4, count: int = 240) -> Table:
    random = np.random.default_rng(7)
    labels = np.arange(count) % classes
    points = (random.normal(size=(count, features)) + labels[:, None]).astype(np.float32)
    return Table(points, labels, [f"c{i}" for i in range(classes)])


@pytest.mark.parametrize("name", SKLEARN)
@pytest.mark.parametrize(("classes", "features"), [(2, 4), (3, 1), (4, 4)])
def test_what_is_stored_says_what_scikit_learn_says(tmp_path: Path, name: str, classes: int, features: int) -> None:
    table, new = data(classes, features), data(classes, features, 999).features
    train.TRAINERS[name](table, PARAMS, 2).save(tmp_path)
    model = models.load(tmp_path)
    assert model.features == features and model.classes == table.classes
    estimator: Any = SKLEARN[name]
    assert isinstance(estimator, ClassifierMixin)
    if name == "logistic-regression":
        mean, scale = standardisation(table.features)
        wanted = estimator.fit((table.features - mean) / scale, table.labels).predict_proba((new - mean) / scale)
    else:
        wanted = estimator.fit(table.features, table.labels).predict_proba(new)
    found = model.probabilities(new)
    assert found.dtype == np.float32 and np.allclose(found, wanted, atol=1e-5)
    apart = np.concatenate([model.probabilities(new[i : i + 7]) for i in range(0, len(new), 7)])
    assert np.array_equal(apart, found)  # a row's result does not depend on its batch


@pytest.mark.parametrize("name", SKLEARN)
def test_values_far_out_are_learned_from(name: str) -> None:
    table = data(2)
    table.features[:2] = np.array([[3e38], [-3e38]], np.float32)
    assert np.isfinite(train.TRAINERS[name](table, PARAMS, 1).probabilities(table.features)).all()


@pytest.mark.parametrize("name", SKLEARN)
def test_a_class_without_a_row_to_learn_from_is_never_said(name: str) -> None:
    table = data(3)
    known = Table(table.features[table.labels != 1], table.labels[table.labels != 1], table.classes)
    chances = train.TRAINERS[name](known, PARAMS, 1).probabilities(table.features)
    assert (chances[:, 1] == 0).all() and np.allclose(chances.sum(axis=1), 1, atol=1e-6)


def test_it_runs_and_its_model_loads_without_scikit_learn(run: Run, tmp_path: Path) -> None:
    done = run("train-sklearn", {"data": {"t.csv": samples.table()}}, estimator="extra-trees", trees=9)
    assert done.returncode == 0, done.stdout + done.stderr
    metrics = json.loads((tmp_path / "metrics.jsonl").read_text())
    assert metrics["accuracy"] > 0.6 and metrics["training_accuracy"] == 1 and metrics["held_out"] == 12
    header, *found = rows(tmp_path / "outputs/predictions/predictions.csv")
    assert header[-5:] == ["label", "predicted", "p_x", "p_y", "p_z"] and len(found) == 12
    code = (
        "import sys; sys.modules['sklearn'] = None; from pathlib import Path; import numpy as np;"
        f"from toolkit import models; m = models.load(Path({str(tmp_path / 'outputs/model')!r}));"
        f"print(float(m.probabilities(np.array({[list(map(float, found[0][:4]))]}))[0, 0]))"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=OPERATORS, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == found[0][-3]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (b"", "no rows"),
        (b"a,b\n", "no rows"),
        (b"1,a\nx,b\n", "t.csv:2: not all features are numbers"),
        (b"1,a\n1e308,b\n", "row 2 has a value that is not finite"),
        (b"1,a\nnan,b\n", "row 2 has a value that is not finite"),
        (b"1,a\n2,b\n", "too few rows"),
        (b"1,a\n2,a\n", "one class only"),
        (samples.junk(), "t.csv: cannot be read"),
    ],
)
def test_a_table_that_nothing_can_be_learned_from_is_refused(run: Run, table: bytes, says: str) -> None:
    refused(run("train-sklearn", {"data": {"t.csv": table}}), says)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"feature": np.array([9, 0, 0])}, "points outside"),
        ({"left": np.array([0, -1, -1])}, "points outside"),  # round and round
        ({"right": np.array([3, -1, -1])}, "points outside"),
        ({"roots": np.array([3])}, "points outside"),
        ({"left": np.array([1.0, -1, -1])}, "do not fit"),
        ({"value": np.zeros((3, 9))}, "do not fit"),
        ({"base": np.zeros(1)}, "do not fit"),
        ({"threshold": np.array([{}, 1, 1], dtype=object)}, "no model that is known here"),  # a pickle
    ],
)
def test_trees_that_lead_nowhere_are_refused(
    tmp_path: Path, change: dict[str, Any], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    train.decision_tree(data(2), PARAMS | {"depth": 1}, 1).save(tmp_path)
    with np.load(tmp_path / "weights.npz") as arrays:
        np.savez(tmp_path / "weights.npz", **dict(arrays) | change)
    with pytest.raises(SystemExit):
        models.load(tmp_path)
    assert says in capsys.readouterr().out
