"""Decides whether a model is good enough for the repository. The platform registers it when this ends with exit code 0."""

from __future__ import annotations

import csv
from pathlib import Path

from toolkit import table
from toolkit.task import Task, fail


def main() -> None:
    task = Task.load()
    if not any(path.is_file() for path in task.inputs["model"].rglob("*")):
        fail("the model has no file")
    needed = task.params["minimum_accuracy"]
    if "evaluation" in task.inputs:
        accuracy = _accuracy(table.find(task.inputs["evaluation"]))
        task.report(accuracy=accuracy)
        if accuracy < needed:
            fail(f"not registered: its accuracy is {accuracy:.4f}, at least {needed} was asked for")
        print(f"accuracy {accuracy:.4f}", flush=True)
    elif needed:
        fail("minimum_accuracy needs the input evaluation: connect what evaluate gives")
    print(f"to be registered as {task.params['name']}", flush=True)


def _accuracy(file: Path) -> float:
    """The share of right rows in what `evaluate` wrote."""
    with table.open_text(file) as lines:
        classes = list(csv.DictReader(lines))
    try:
        counts = [(int(row["rows"]), int(row["right"])) for row in classes]
    except (KeyError, TypeError, ValueError) as error:
        fail(f"{file.name}: this is not what evaluate writes: {error!r}")
    rows, right = sum(r for r, _ in counts), sum(r for _, r in counts)
    if not 0 <= right <= rows or not rows:
        fail(f"{file.name}: this is not what evaluate writes: {right} right of {rows} rows")
    return right / rows


if __name__ == "__main__":
    main()
