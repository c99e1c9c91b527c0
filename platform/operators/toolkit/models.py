"""Any model that the system operators can use, whatever trained it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Protocol

import numpy as np

from toolkit.classifier import Classifier, describe
from toolkit.task import fail
from toolkit.trees import Trees


class Model(Protocol):
    """What can be asked of a model."""

    classes: list[str]

    @property
    def features(self) -> int:
        """How many a row has."""

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """(rows, features) to (rows, classes), float32. Each row's result does not depend on the others in the batch."""

    def save(self, folder: Path) -> None:
        """Write it where `load` finds it."""


def load(folder: Path) -> Model:
    """The model of an input; ends the task with a message when it is none that is known here."""
    try:
        about = describe(folder)
        kinds = {"layers": Classifier.load, "trees": Trees.load}
        if about["kind"] not in kinds:
            raise ValueError(f"model.json: kind {about['kind']!r}, known here are {', '.join(kinds)}")
        return kinds[about["kind"]](folder, about)
    except KeyError as error:
        fail(f"this is no model that is known here: {error} is missing")
    except (OSError, ValueError, TypeError, IndexError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        fail(f"this is no model that is known here: {error}")
