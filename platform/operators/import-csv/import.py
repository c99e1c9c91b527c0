"""Brings a delimited text file of any usual kind into the platform's form: UTF-8, commas, a header, the same cells in every row."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from toolkit.task import Task, fail

SAMPLE = 64 * 1024  # characters from which the separator is told
SEPARATORS = ",;\t|"


def main() -> None:
    task = Task.load()
    file = _the_file(task.inputs["file"])
    try:
        rows, columns = _convert(file, task.outputs["data"] / "data.csv", task.params)
    except (UnicodeError, csv.Error, gzip.BadGzipFile, EOFError) as error:
        fail(f"{file.name}: cannot be read as {task.params['encoding']}: {error}")
    task.report(rows=rows, columns=columns)
    print(f"{rows} rows of {columns} columns", flush=True)


def _the_file(folder: Path) -> Path:
    files = [f for f in sorted(folder.rglob("*")) if f.is_file()]
    if len(files) != 1:
        fail(f"the input needs exactly one file, found {[f.name for f in files]}")
    return files[0]


def _convert(source: Path, target: Path, params: dict[str, Any]) -> tuple[int, int]:
    """Rows and columns that were written."""
    opener: Any = gzip.open if source.name.endswith(".gz") else open
    with (
        opener(source, "rt", encoding=params["encoding"], newline="") as text,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        sample = text.read(SAMPLE)
        if "\0" in sample:
            fail(f"{source.name}: has zero bytes; this is no text in {params['encoding']}")
        text.seek(0)
        rows = _rows(text, params["delimiter"] if params["delimiter"] != "auto" else _separator(sample))
        first = next(rows, None)
        if first is None:
            fail(f"{source.name}: is empty")
        _, cells = first
        writer = csv.writer(out, lineterminator="\n")
        names = [c.strip() for c in cells] if params["header"] else [f"c{i}" for i in range(1, len(cells) + 1)]
        if params["header"] and (len(set(names)) < len(names) or not all(names)):
            fail(f"{source.name}:1: the header needs different names: {names}")
        writer.writerow([n.removeprefix("\ufeff") for n in names])
        count = 0
        if not params["header"]:
            writer.writerow(cells)
            count = 1
        for line, row in rows:
            if len(row) != len(names):
                fail(f"{source.name}:{line}: {len(row)} cells, the first line has {len(names)}")
            writer.writerow(row)
            count += 1
    return count, len(names)


def _rows(text: Any, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text, delimiter=separator)
    return ((reader.line_num, row) for row in reader if row)


def _separator(sample: str) -> str:
    """The one that the first line has most often; a comma when it has none."""
    first = next((line for line in sample.splitlines() if line.strip()), "")
    return max(SEPARATORS, key=first.count)


if __name__ == "__main__":
    main()
