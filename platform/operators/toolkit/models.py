"""Any model that the system operators can use, whatever trained it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Protocol

import numpy as np

from toolkit.classifier import Classifier
from toolkit.task import fail


class Model(Protocol):
    """What can be asked of a model."""

    classes: list[str]

    @property
    def features(self) -> int:
        """How many a row has."""

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """(rows, features) float32 to (rows, classes). Each row's result does not depend on the others in the batch."""


def load(folder: Path) -> Model:
    """The model of an input; ends the task with a message when it is none that is known here."""
    try:
        return Classifier.load(folder)
    except KeyError as error:
        fail(f"this is no model that is known here: {error} is missing")
    except (OSError, ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        fail(f"this is no model that is known here: {error}")
