"""CSV tables of numbers with a label in the last column."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, cast

import numpy as np

from toolkit.task import fail


@dataclass(frozen=True)
class Table:
    """Rows of features, and the class of each."""

    features: np.ndarray
    """(rows, features), float32."""
    labels: np.ndarray
    """(rows,), indices into `classes`."""
    classes: list[str]

    def split(self, test: float, seed: int) -> tuple[Table, Table]:
        """Training and held-out part; the same for the same seed, each class in proportion.

        Args:
            test: the held-out share, between 0 and 1.
        """
        random = np.random.default_rng(seed)
        held = np.zeros(len(self.labels), dtype=bool)
        for label in range(len(self.classes)):
            rows = random.permutation(np.flatnonzero(self.labels == label))
            held[rows[: max(1, round(len(rows) * test))]] = True
        return self._take(~held), self._take(held)

    def _take(self, rows: np.ndarray) -> Table:
        return Table(self.features[rows], self.labels[rows], self.classes)


def read(folder: Path) -> Table:
    """The one table of an input: `.csv` or `.csv.gz`, comma-separated; a first line that holds no numbers is a header.

    Ends the task with a message that names file and line when it is not that.
    """
    file = find(folder)
    features: list[list[float]] = []
    labels: list[str] = []
    with open_text(file) as lines:
        for number, row in enumerate(csv.reader(lines), 1):
            if not row:
                continue
            try:
                values = [float(cell) for cell in row[:-1]]
            except ValueError:
                if number == 1:
                    continue
                fail(f"{file.name}:{number}: not all features are numbers")
            if features and len(values) != len(features[0]):
                fail(f"{file.name}:{number}: {len(row)} columns, the lines before have {len(features[0]) + 1}")
            features.append(values)
            labels.append(row[-1].strip())
    if not features or not features[0]:
        fail(f"{file.name}: no rows with at least one feature and a label")
    array = np.asarray(features, dtype=np.float32)
    if not np.isfinite(array).all():
        fail(
            f"{file.name}: row {int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0]) + 1} has a value that is not finite"
        )
    classes = sorted(set(labels), key=lambda c: (not _is_number(c), float(c) if _is_number(c) else 0.0, c))
    if len(classes) < 2:
        fail(f"{file.name}: the last column has one class only")
    index = {c: i for i, c in enumerate(classes)}
    return Table(array, np.asarray([index[c] for c in labels], dtype=np.int64), classes)


def write_predictions(file: Path, table: Table, probabilities: np.ndarray) -> None:
    """The held-out rows and what the model says of them: features, label, predicted, a probability per class."""
    file.parent.mkdir(parents=True, exist_ok=True)
    names = [f"x{i}" for i in range(table.features.shape[1])]
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([*names, "label", "predicted", *(f"p_{c}" for c in table.classes)])
        for row, label, chances in zip(table.features, table.labels, probabilities, strict=True):
            predicted = table.classes[int(chances.argmax())]
            writer.writerow([*map(float, row), table.classes[label], predicted, *map(float, chances)])


def find(folder: Path) -> Path:
    """The one table of an input; ends the task with a message when there is not exactly one."""
    files = [f for f in sorted(folder.rglob("*")) if f.name.endswith((".csv", ".csv.gz"))]
    if len(files) != 1:
        fail(f"the input needs exactly one .csv or .csv.gz file, found {[f.name for f in files]}")
    return files[0]


@contextmanager
def open_text(file: Path) -> Iterator[TextIO]:
    """A table's text for a CSV reader, unpacked; ends the task with a message when it is none."""
    try:
        with (
            gzip.open(file, "rt", newline="", encoding="utf-8")
            if file.name.endswith(".gz")
            else file.open(newline="", encoding="utf-8") as lines
        ):
            yield cast(TextIO, lines)
    except csv.Error as error:
        fail(f"{file.name}: no CSV: {error}")
    except (gzip.BadGzipFile, EOFError, UnicodeDecodeError) as error:
        fail(f"{file.name}: cannot be read: {error}")


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
