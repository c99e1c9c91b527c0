"""CSV tables of numbers with a label in the last column."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
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
            values = _numbers(row[:-1])
            if values is None:
                if number == 1:
                    continue
                fail(f"{file.name}:{number}: not all features are numbers")
            if features and len(values) != len(features[0]):
                fail(f"{file.name}:{number}: {len(row)} columns, the lines before have {len(features[0]) + 1}")
            features.append(values)
            labels.append(row[-1].strip())
    if not features or not features[0]:
        fail(f"{file.name}: no rows with at least one feature and a label")
    array = _float32(features)
    if not np.isfinite(array).all():
        fail(
            f"{file.name}: row {int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0]) + 1} has a value that is not finite"
        )
    classes = sorted(set(labels), key=lambda c: (not _is_number(c), float(c) if _is_number(c) else 0.0, c))
    if len(classes) < 2:
        fail(f"{file.name}: the last column has one class only")
    index = {c: i for i, c in enumerate(classes)}
    return Table(array, np.asarray([index[c] for c in labels], dtype=np.int64), classes)


@dataclass(frozen=True)
class Batch:
    """Some rows of a table that a model is to be asked about."""

    header: list[str]
    """The table's own, or made up; the same in every batch."""
    cells: list[list[str]]
    features: np.ndarray
    """(rows, features), float32."""
    labels: list[str] | None
    """The class of each row, where the table has one column more than the model has features."""


def batches(file: Path, features: int, size: int = 4096) -> Iterator[Batch]:
    """A table's rows, `size` at a time; a first line that holds no numbers is a header.

    Ends the task with a message that names file and line where a model of so many features cannot be asked.
    """
    with open_text(file) as lines:
        reader = csv.reader(lines)
        rows = ((reader.line_num, row) for row in reader if row)
        first = next(rows, None)
        if first is None:
            fail(f"{file.name}: is empty")
        width = len(first[1])
        if width not in (features, features + 1):
            fail(f"{file.name}: {width} columns; the model reads {features}, and one with the class may follow")
        if _numbers(first[1][:features]) is None:
            header = first[1]
        else:
            header = [*(f"x{i}" for i in range(features)), "label"][:width]
            rows = chain([first], rows)
        found = False
        while piece := list(islice(rows, size)):
            found = True
            array = _features(file, piece, width, features)
            labels = [row[-1].strip() for _, row in piece] if width > features else None
            yield Batch(header, [row for _, row in piece], array, labels)
        if not found:
            fail(f"{file.name}: has no rows")


def _features(file: Path, rows: list[tuple[int, list[str]]], width: int, features: int) -> np.ndarray:
    """The first cells of each row (with the number of its line) as numbers."""
    values: list[list[float]] = []
    for line, row in rows:
        if len(row) != width:
            fail(f"{file.name}:{line}: {len(row)} columns, the lines before have {width}")
        numbers = _numbers(row[:features])
        if numbers is None:
            fail(f"{file.name}:{line}: not all features are numbers")
        values.append(numbers)
    array = _float32(values)
    finite = np.isfinite(array).all(axis=1)
    if not finite.all():
        fail(f"{file.name}:{rows[int(finite.argmin())][0]}: a value is not finite, or too large for 32 bits")
    return array


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


def _float32(rows: list[list[float]]) -> np.ndarray:
    """What is too large becomes infinite."""
    with np.errstate(over="ignore"):
        return np.asarray(rows, dtype=np.float32)


def _numbers(cells: list[str]) -> list[float] | None:
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        return None


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
