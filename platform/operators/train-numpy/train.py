"""Trains a one-hidden-layer classifier with numpy alone: small, and the same model format as the torch trainer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from toolkit import table
from toolkit.classifier import Classifier, accuracy, standardisation
from toolkit.task import Task, fail


def main() -> None:
    task = Task.load()
    if task.world != 1:
        fail("train-numpy runs as one replica; train-torch trains on several")
    params = task.params
    data = table.read(task.inputs["data"])
    training, held = data.split(params["test"], params["seed"])
    random = np.random.default_rng(params["seed"])
    mean, scale = standardisation(training.features)
    rows = (training.features - mean) / scale
    sizes = [rows.shape[1], params["hidden"], len(data.classes)]
    # He initialisation (He et al. 2015): keeps the variance through ReLU layers.
    weights = [random.normal(0, np.sqrt(2 / i), (i, o)).astype(np.float32) for i, o in pairwise(sizes)]
    biases = [np.zeros(o, dtype=np.float32) for o in sizes[1:]]
    targets = np.eye(len(data.classes), dtype=np.float32)[training.labels]
    for epoch in range(1, params["epochs"] + 1):
        loss = 0.0
        order = random.permutation(len(rows))
        for start in range(0, len(rows), params["batch"]):
            batch = order[start : start + params["batch"]]
            loss += _step(rows[batch], targets[batch], weights, biases, params["learning_rate"])
        loss /= len(rows)
        task.report(epoch=epoch, loss=loss)
        if epoch % 10 == 0 or epoch == params["epochs"]:
            print(f"epoch {epoch}: loss {loss:.4f}", flush=True)
    model = Classifier(mean, scale, list(zip(weights, biases, strict=True)), data.classes)
    probabilities = model.probabilities(held.features)
    right = accuracy(probabilities, held.labels)
    task.report(accuracy=right, rows=len(rows), held_out=len(held.labels))
    print(f"accuracy {right:.4f} on {len(held.labels)} held-out rows", flush=True)
    model.save(task.outputs["model"])
    table.write_predictions(task.outputs["predictions"] / "predictions.csv", held, probabilities)


def _step(x: np.ndarray, y: np.ndarray, weights: list[np.ndarray], biases: list[np.ndarray], rate: float) -> float:
    """One step of gradient descent on the cross-entropy; returns the batch's loss, summed."""
    hidden = np.maximum(x @ weights[0] + biases[0], 0)
    scores = hidden @ weights[1] + biases[1]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances = powers / powers.sum(axis=1, keepdims=True)
    error = (chances - y) / len(x)
    back = (error @ weights[1].T) * (hidden > 0)
    for layer, (left, right) in enumerate(((x, back), (hidden, error))):
        weights[layer] -= rate * (left.T @ right)
        biases[layer] -= rate * right.sum(axis=0)
    return float(-np.log(np.maximum((chances * y).sum(axis=1), 1e-12)).sum())


if __name__ == "__main__":
    main()
