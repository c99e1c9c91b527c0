"""What a model says of each row of a table. Piece by piece: a table of any size fits."""

from __future__ import annotations

import csv

from toolkit import models, table
from toolkit.task import Task


def main() -> None:
    task = Task.load()
    model = models.load(task.inputs["model"])
    file = table.find(task.inputs["data"])
    rows = 0
    with (task.outputs["predictions"] / "predictions.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        for batch in table.batches(file, model.features):
            if not rows:
                writer.writerow([*batch.header, "predicted", *(f"p_{c}" for c in model.classes)])
            probabilities = model.probabilities(batch.features)
            for cells, chances in zip(batch.cells, probabilities, strict=True):
                writer.writerow([*cells, model.classes[int(chances.argmax())], *map(float, chances)])
            rows += len(batch.cells)
    task.report(rows=rows)
    print(f"{rows} rows", flush=True)


if __name__ == "__main__":
    main()
