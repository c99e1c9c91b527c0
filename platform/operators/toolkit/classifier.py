"""A small neural classifier as plain arrays: what the trainers write and the server reads, whatever trained it.

On disk: `model.json` (what it is, its classes) and `weights.npz` (no code inside: loading a model never runs anything).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = "slipway-classifier/1"
FAR = 1e15
"""Deviations from the mean."""


@dataclass(frozen=True)
class Classifier:
    """Standardise, then dense layers with ReLU between them, then softmax."""

    mean: np.ndarray
    """(features,)"""
    scale: np.ndarray
    """(features,); what is divided by."""
    layers: list[tuple[np.ndarray, np.ndarray]]
    """(inputs, outputs) weights and (outputs,) biases."""
    classes: list[str]

    @property
    def features(self) -> int:
        return len(self.mean)

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """(rows, features) to (rows, classes), float32. Each row's result does not depend on the others in the batch."""
        hidden = standardise(rows.astype(np.float32), self.mean, self.scale)
        for number, (weights, bias) in enumerate(self.layers):
            # einsum, not BLAS: a BLAS product may round differently for another batch size, and then online is not offline.
            hidden = np.einsum("ij,jk->ik", hidden, weights) + bias
            if number < len(self.layers) - 1:
                hidden = np.maximum(hidden, 0)
        return softmax(hidden)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        arrays = {"mean": self.mean, "scale": self.scale}
        for number, (weights, bias) in enumerate(self.layers):
            arrays |= {f"weights{number}": weights, f"bias{number}": bias}
        np.savez(folder / "weights.npz", **{k: v.astype(np.float32) for k, v in arrays.items()})
        about = {
            "format": FORMAT,
            "kind": "layers",
            "features": self.features,
            "layers": [weights.shape[1] for weights, _ in self.layers],
            "classes": self.classes,
        }
        (folder / "model.json").write_text(json.dumps(about, indent=1))

    @classmethod
    def load(cls, folder: Path, about: dict[str, Any]) -> Classifier:
        """Read what `save` wrote.

        Args:
            about: what `describe` says.

        Raises:
            ValueError: its parts do not fit.
        """
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            layers = [(arrays[f"weights{n}"], arrays[f"bias{n}"]) for n in range(len(about["layers"]))]
            model = cls(arrays["mean"], arrays["scale"], layers, about["classes"])
        sizes = [model.features, *about["layers"]]
        shapes = [w.shape + b.shape for w, b in layers]
        if shapes != [(i, o, o) for i, o in pairwise(sizes)] or sizes[-1] != len(model.classes):
            raise ValueError("weights.npz: the arrays do not fit model.json")
        return model


def describe(folder: Path) -> dict[str, Any]:
    """A model's `model.json`. Its `kind` is `layers` also where it does not say.

    Raises:
        ValueError: it is another format.
    """
    about: dict[str, Any] = json.loads((folder / "model.json").read_text())
    if about.get("format") != FORMAT:
        raise ValueError(f"model.json: format {about.get('format')!r}, known here is {FORMAT!r}")
    return {"kind": "layers"} | about


def softmax(scores: np.ndarray) -> np.ndarray:
    """(rows, classes) to probabilities of the same shape."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def standardisation(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and scale of training features, summed up in 64 bits; a constant feature is left alone."""
    scale = features.std(axis=0, dtype=np.float64)
    mean = features.mean(axis=0, dtype=np.float64)
    return mean.astype(np.float32), np.where(scale > 0, scale, 1).astype(np.float32)


def standardise(rows: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """What a model sees of float32 features. What is farther out than `FAR` counts as that far: beyond, sums would be infinite and chances no numbers."""
    with np.errstate(over="ignore"):
        return np.clip((rows - mean) / scale, -FAR, FAR)


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The share of rows whose likeliest class is the right one."""
    return float((probabilities.argmax(axis=1) == labels).mean())
