"""Decision trees as plain arrays: one tree, a forest, or boosted ones.

On disk as a classifier (toolkit/classifier.py): `model.json` with `"kind": "trees"`, and `weights.npz`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from toolkit.classifier import FORMAT, softmax

INDICES = ("roots", "feature", "left", "right")
ARRAYS = (*INDICES, "threshold", "value", "base")


@dataclass(frozen=True)
class Trees:
    """A row goes left where its feature is at most the threshold; what its leaves say is added up."""

    features: int
    roots: np.ndarray
    """(trees,); the node that each tree begins with."""
    feature: np.ndarray
    """(nodes,); the feature that is asked about."""
    threshold: np.ndarray
    """(nodes,) float64; features are float32, as scikit-learn compares them."""
    left: np.ndarray
    """(nodes,); the next node, which comes after this one; -1 in a leaf."""
    right: np.ndarray
    value: np.ndarray
    """(nodes, classes) float64; what a leaf adds."""
    base: np.ndarray
    """(classes,) float64; what every row begins with."""
    scores: bool
    """Whether sums are scores, of which softmax makes probabilities, or probabilities already."""
    classes: list[str]

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """(rows, features) to (rows, classes), float32. Each row's result does not depend on the others in the batch."""
        rows = rows.astype(np.float32)
        number = np.arange(len(rows))
        total = np.tile(self.base, (len(rows), 1))
        for root in self.roots:
            node = np.full(len(rows), root)
            while (inner := self.left[node] >= 0).any():
                goes_left = rows[number, self.feature[node]] <= self.threshold[node]
                node = np.where(inner, np.where(goes_left, self.left[node], self.right[node]), node)
            total += self.value[node]
        return (softmax(total) if self.scores else total).astype(np.float32)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(folder / "weights.npz", **{name: getattr(self, name) for name in ARRAYS})
        about = {
            "format": FORMAT,
            "kind": "trees",
            "features": self.features,
            "trees": len(self.roots),
            "scores": self.scores,
            "classes": self.classes,
        }
        (folder / "model.json").write_text(json.dumps(about, indent=1))

    @classmethod
    def load(cls, folder: Path, about: dict[str, Any]) -> Trees:
        """Read what `save` wrote.

        Raises:
            ValueError: its parts do not fit.
        """
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            model = cls(about["features"], *(arrays[n] for n in ("roots", "feature", "threshold", "left", "right")),
                        arrays["value"], arrays["base"], about["scores"], about["classes"])  # fmt: skip
        model._check()
        return model

    def _check(self) -> None:
        """Nothing that is loaded may point outside of the arrays, or back: every row ends in a leaf.

        Raises:
            ValueError: it would not.
        """
        nodes, classes = len(self.left), len(self.classes)
        shapes = [getattr(self, name).shape for name in ("feature", "threshold", "left", "right", "value", "base")]
        whole = all(getattr(self, name).dtype.kind == "i" for name in INDICES)
        if shapes != [(nodes,)] * 4 + [(nodes, classes), (classes,)] or self.roots.ndim != 1 or not whole:
            raise ValueError("weights.npz: the arrays do not fit model.json")
        inner = np.flatnonzero(self.left >= 0)
        if not (
            ((self.roots >= 0) & (self.roots < nodes)).all()
            and ((self.feature[inner] >= 0) & (self.feature[inner] < self.features)).all()
            and all(((side[inner] > inner) & (side[inner] < nodes)).all() for side in (self.left, self.right))
        ):
            raise ValueError("weights.npz: a tree points outside of itself")
