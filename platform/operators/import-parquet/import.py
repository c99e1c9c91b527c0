"""Brings a Parquet file into the platform's form of a table: CSV in UTF-8, with commas and a header."""

from __future__ import annotations

from pathlib import Path

import duckdb
from toolkit import database
from toolkit.task import Task, fail

LINK = Path("input.parquet")  # DuckDB takes * and [ in a name for patterns
QUERY = f"FROM read_parquet('{LINK}')"
ENDS = b"PAR1"  # a Parquet file's first and last bytes


def main() -> None:
    task = Task.load()
    files = [f for f in sorted(task.inputs["file"].rglob("*")) if f.is_file()]
    if len(files) != 1:
        fail(f"the input needs exactly one file, found {[f.name for f in files]}")
    _check(files[0])
    LINK.symlink_to(files[0])
    try:
        with database.connect(task) as tables:
            kinds = database.columns(tables, QUERY)
            nested = {name: kind for name, kind in kinds.items() if kind.id in database.NESTED}
            if nested and task.params["nested"] == "refuse":
                said = ", ".join(f"{name} ({kind})" for name, kind in nested.items())
                fail(f"{files[0].name}: columns that hold lists or structures: {said}; nested=json writes them as JSON")
            rows = database.write(tables, QUERY, task.outputs["data"] / "data.csv")
    except duckdb.OutOfMemoryException:
        database.too_little()
    except duckdb.Error as error:
        fail(f"{files[0].name}: cannot be read: {str(error).splitlines()[0]}")
    task.report(rows=rows, columns=len(kinds))
    for name, kind in kinds.items():
        if name in nested:
            print(f"{name} ({kind}): written as JSON", flush=True)
        elif kind.id == "timestamp with time zone":
            print(f"{name}: moments, written in UTC", flush=True)
        elif kind.id == "blob":
            print(f"{name}: bytes that are no text, written as \\xNN", flush=True)
    print(f"{rows} rows of {len(kinds)} columns", flush=True)


def _check(file: Path) -> None:
    with file.open("rb") as content:
        start = content.read(4)
        content.seek(max(file.stat().st_size - 4, 0))
        if start != ENDS or content.read() != ENDS:
            fail(f"{file.name}: is no Parquet file, or not all of one")


if __name__ == "__main__":
    main()
