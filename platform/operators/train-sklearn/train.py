"""Trains one of scikit-learn's classifiers, and stores it as plain arrays: no pickle, so that loading it runs no code."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier
from toolkit import table
from toolkit.classifier import Classifier, accuracy, standardisation, standardise
from toolkit.models import Model
from toolkit.task import Task, fail
from toolkit.trees import Trees

BOOSTED_DEPTH = 3  # as in scikit-learn
STEPS = 1000  # of logistic regression at most


def main() -> None:
    task = Task.load()
    if task.world != 1:
        fail("train-sklearn runs as one replica; train-torch trains on several")
    data = table.read(task.inputs["data"])
    training, held = data.split(task.params["test"], task.params["seed"])
    if len(np.unique(training.labels)) < 2:
        fail(f"too few rows: of {len(data.labels)}, those that are not held out have one class only")
    model: Model = TRAINERS[task.params["estimator"]](training, task.params, task.threads)
    probabilities = model.probabilities(held.features)
    right = accuracy(probabilities, held.labels)
    own = accuracy(model.probabilities(training.features), training.labels)
    task.report(accuracy=right, training_accuracy=own, rows=len(training.labels), held_out=len(held.labels))
    print(f"accuracy {right:.4f} on {len(held.labels)} held-out rows, {own:.4f} on those it learned from", flush=True)
    model.save(task.outputs["model"])
    table.write_predictions(task.outputs["predictions"] / "predictions.csv", held, probabilities)


def logistic_regression(data: table.Table, params: dict[str, Any], threads: int) -> Classifier:
    """One layer without a hidden one."""
    mean, scale = standardisation(data.features)
    estimator = LogisticRegression(C=params["regularisation"], max_iter=STEPS, random_state=params["seed"])
    estimator.fit(standardise(data.features, mean, scale), data.labels)
    if estimator.n_iter_.max() >= STEPS:
        print(f"stopped after {STEPS} steps, before it had settled; a smaller regularisation helps", flush=True)
    weights, bias = estimator.coef_.T, estimator.intercept_
    if len(estimator.classes_) == 2:  # one score, for the second class: softmax of (0, z) is the sigmoid of z
        weights, bias = np.hstack([0 * weights, weights]), np.array([0, *bias])
    # A class that has no row to learn from gets no probability that could be shown: e^-1000 is 0.
    all_weights = np.zeros((data.features.shape[1], len(data.classes)), np.float32)
    all_bias = np.full(len(data.classes), -1000, np.float32)
    all_weights[:, estimator.classes_], all_bias[estimator.classes_] = weights, bias
    return Classifier(mean, scale, [(all_weights, all_bias)], data.classes)


def decision_tree(data: table.Table, params: dict[str, Any], threads: int) -> Trees:
    estimator = DecisionTreeClassifier(max_depth=params["depth"] or None, random_state=params["seed"])
    estimator.fit(data.features, data.labels)
    return _trees([(estimator.tree_, _shares(estimator.tree_, estimator.classes_, data))], data)


def random_forest(data: table.Table, params: dict[str, Any], threads: int) -> Trees:
    return _forest(RandomForestClassifier, data, params, threads)


def extra_trees(data: table.Table, params: dict[str, Any], threads: int) -> Trees:
    return _forest(ExtraTreesClassifier, data, params, threads)


def gradient_boosting(data: table.Table, params: dict[str, Any], threads: int) -> Trees:
    """Each leaf adds to the score of one class; the scores begin with the logarithm of the classes' shares."""
    estimator = GradientBoostingClassifier(
        n_estimators=params["trees"],
        max_depth=params["depth"] or BOOSTED_DEPTH,
        learning_rate=params["learning_rate"],
        random_state=params["seed"],
    )
    estimator.fit(data.features, data.labels)
    # With two classes there is one tree a round, for the second: softmax of (0, z) is the sigmoid of z.
    scored = estimator.classes_ if len(estimator.classes_) > 2 else estimator.classes_[1:]
    parts = []
    for round_ in estimator.estimators_:
        for label, regressor in zip(scored, round_, strict=True):
            value = np.zeros((regressor.tree_.node_count, len(data.classes)))
            value[:, label] = regressor.tree_.value[:, 0, 0] * params["learning_rate"]
            parts.append((regressor.tree_, value))
    base = np.full(len(data.classes), -1000.0)  # of a class that has no row to learn from
    base[estimator.classes_] = np.log(np.bincount(data.labels)[estimator.classes_] / len(data.labels))
    return _trees(parts, data, base)


def _forest(kind: Any, data: table.Table, params: dict[str, Any], threads: int) -> Trees:
    """The mean of what the trees say."""
    estimator = kind(
        n_estimators=params["trees"], max_depth=params["depth"] or None, random_state=params["seed"], n_jobs=threads
    )
    estimator.fit(data.features, data.labels)
    trees = [each.tree_ for each in estimator.estimators_]
    return _trees([(tree, _shares(tree, estimator.classes_, data) / len(trees)) for tree in trees], data)


def _shares(tree: Any, labels: np.ndarray, data: table.Table) -> np.ndarray:
    """(nodes, classes) the share of each class in each node."""
    shares = np.zeros((tree.node_count, len(data.classes)))
    shares[:, labels] = tree.value[:, 0, :] / tree.value[:, 0, :].sum(axis=1, keepdims=True)
    return shares


def _trees(parts: list[tuple[Any, np.ndarray]], data: table.Table, base: np.ndarray | None = None) -> Trees:
    """All trees in one row of nodes. With a base the sums are scores, without one probabilities."""
    starts = np.cumsum([0, *(tree.node_count for tree, _ in parts)])[:-1]

    def moved(child: np.ndarray, start: int) -> np.ndarray:
        return np.where(child >= 0, child + start, -1)

    return Trees(
        features=data.features.shape[1],
        roots=starts,
        feature=np.concatenate([np.maximum(tree.feature, 0) for tree, _ in parts]),  # a leaf's is negative
        threshold=np.concatenate([tree.threshold for tree, _ in parts]),
        left=np.concatenate([moved(t.children_left, s) for (t, _), s in zip(parts, starts, strict=True)]),
        right=np.concatenate([moved(t.children_right, s) for (t, _), s in zip(parts, starts, strict=True)]),
        value=np.concatenate([value for _, value in parts]),
        base=np.zeros(len(data.classes)) if base is None else base,
        scores=base is not None,
        classes=data.classes,
    )


TRAINERS = {
    "logistic-regression": logistic_regression,
    "decision-tree": decision_tree,
    "random-forest": random_forest,
    "extra-trees": extra_trees,
    "gradient-boosting": gradient_boosting,
}

if __name__ == "__main__":
    main()
