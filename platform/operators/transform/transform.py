"""Makes a table of up to three others by an SQL query, which reaches nothing else: no file, no network, no setting."""

from __future__ import annotations

import duckdb
from toolkit import database
from toolkit.task import Task


def main() -> None:
    task = Task.load()
    with database.connect(task) as tables:
        for name, folder in task.inputs.items():
            database.load(tables, name, folder)
        target = task.outputs["data"] / "data.csv"
        database.shut(tables, target)
        sql = task.params["sql"]
        try:
            query = database.one_query(tables, sql)
            columns = database.columns(tables, query)
            rows = database.write(tables, query, target)
        except duckdb.Error as error:
            database.explain(error, sql)
    task.report(rows=rows, columns=len(columns))
    for name, kind in columns.items():
        if kind.id in database.NESTED:
            print(f"{name} ({kind}): written as JSON", flush=True)
    print(f"{rows} rows of {len(columns)} columns", flush=True)


if __name__ == "__main__":
    main()
