"""Describes every column of a whole table: how many values, and for numbers mean, deviation and quartiles."""

from __future__ import annotations

import csv
from array import array

import numpy as np
from toolkit import table
from toolkit.task import Task, fail

FIELDS = ["column", "type", "values", "missing", "mean", "deviation", "minimum", "q1", "median", "q3", "maximum"]


def main() -> None:
    task = Task.load()
    file = table.find(task.inputs["data"])
    with table.open_text(file) as lines:
        reader = csv.reader(lines)
        header = next(reader, None)
        if header is None:
            fail(f"{file.name}: is empty")
        numbers = [array("d") for _ in header]
        values = [0] * len(header)
        rows = 0
        for row in filter(None, reader):
            if len(row) != len(header):
                fail(f"{file.name}:{reader.line_num}: {len(row)} cells, the header has {len(header)}")
            rows += 1
            for index, cell in enumerate(row):
                if cell.strip():
                    values[index] += 1
                    _add(numbers[index], cell)
    with (task.outputs["statistics"] / "statistics.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(FIELDS)
        for name, count, column in zip(header, values, numbers, strict=True):
            numeric = count > 0 and len(column) == count
            writer.writerow(
                [
                    name,
                    "number" if numeric else "text",
                    count,
                    rows - count,
                    *(_figures(column) if numeric else [""] * 7),
                ]
            )
    task.report(rows=rows, columns=len(header))
    print(f"{rows} rows, {len(header)} columns", flush=True)


def _add(column: array[float], cell: str) -> None:
    try:
        column.append(float(cell))
    except ValueError:
        return


def _figures(column: array[float]) -> list[float]:
    data = np.frombuffer(column)
    return [float(x) for x in (data.mean(), data.std(), *np.quantile(data, (0, 0.25, 0.5, 0.75, 1)))]


if __name__ == "__main__":
    main()
