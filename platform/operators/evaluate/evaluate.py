"""Compares what a model says of a table with the classes that the table has: accuracy, F1, which class is taken for which."""

from __future__ import annotations

import csv
from collections import Counter

from toolkit import models, table
from toolkit.task import Task, fail

SHOWN = 5  # classes that a message names


def main() -> None:
    task = Task.load()
    model = models.load(task.inputs["model"])
    file = table.find(task.inputs["data"])
    counts: Counter[tuple[str, str]] = Counter()  # of (class, said)
    for batch in table.batches(file, model.features):
        if batch.labels is None:
            fail(
                f"{file.name}: {model.features} columns, all of which the model reads: the one with the class is missing"
            )
        said = (model.classes[i] for i in model.probabilities(batch.features).argmax(axis=1))
        counts.update(zip(batch.labels, said, strict=True))
    unknown = sorted({label for label, _ in counts} - set(model.classes))
    if all(label in unknown for label, _ in counts):
        fail(f"{file.name}: the model knows none of its classes: {unknown[:SHOWN]}; it knows {model.classes[:SHOWN]}")
    classes = [*model.classes, *unknown]
    scores = {c: _scores(counts, c) for c in classes}
    rows, right = sum(counts.values()), sum(counts[c, c] for c in classes)
    occurring = {c for pair in counts for c in pair}
    f1 = sum(scores[c][2] for c in occurring) / len(occurring)
    with (task.outputs["evaluation"] / "evaluation.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["class", "rows", "right", "precision", "recall", "f1", *(f"said_{c}" for c in model.classes)])
        for c in classes:
            said_of = [counts[c, other] for other in model.classes]
            writer.writerow([c, sum(said_of), counts[c, c], *scores[c], *said_of])
    task.report(accuracy=right / rows, f1=f1, rows=rows)
    print(f"accuracy {right / rows:.4f}, F1 {f1:.4f} (mean over classes) on {rows} rows", flush=True)
    if unknown:
        print(f"the model does not know {len(unknown)} of the classes, such as {unknown[:SHOWN]}", flush=True)


def _scores(counts: Counter[tuple[str, str]], name: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of a class; 0 where there is nothing to divide by."""
    right = counts[name, name]
    said = sum(n for (_, other), n in counts.items() if other == name)
    rows = sum(n for (label, _), n in counts.items() if label == name)
    return right / max(said, 1), right / max(rows, 1), 2 * right / max(said + rows, 1)


if __name__ == "__main__":
    main()
