"""Splits a table at random into two; the same for the same seed. Row by row: a table of any size fits."""

from __future__ import annotations

import csv
import random

from toolkit import table
from toolkit.task import Task, fail


def main() -> None:
    task = Task.load()
    file = table.find(task.inputs["data"])
    chance = random.Random(task.params["seed"])
    counts = {"train": 0, "test": 0}
    with (
        table.open_text(file) as lines,
        (task.outputs["train"] / "train.csv").open("w", newline="", encoding="utf-8") as train,
        (task.outputs["test"] / "test.csv").open("w", newline="", encoding="utf-8") as test,
    ):
        reader = csv.reader(lines)
        writers = {"train": csv.writer(train, lineterminator="\n"), "test": csv.writer(test, lineterminator="\n")}
        header = next(reader, None)
        if header is None:
            fail(f"{file.name}: is empty")
        for writer in writers.values():
            writer.writerow(header)
        for row in filter(None, reader):
            part = "test" if chance.random() < task.params["test"] else "train"
            writers[part].writerow(row)
            counts[part] += 1
    if not all(counts.values()):
        fail(f"{file.name}: too few rows for two parts: {counts['train']} and {counts['test']}")
    task.report(**counts)
    print(f"{counts['train']} rows for training, {counts['test']} held out", flush=True)


if __name__ == "__main__":
    main()
