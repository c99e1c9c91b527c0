"""Tables in DuckDB, within the task's memory and threads. Needs duckdb."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any, NoReturn

import duckdb

from toolkit import table
from toolkit.task import Task, fail

OWN = 128 << 20
"""Bytes that Python and DuckDB's own code take beside the database's memory."""
SPILL = "spill"
"""The folder, in the task's, for what does not fit into memory."""
NESTED = {"list", "array", "struct", "map", "union", "variant"}
_LINE = re.compile(r"^LINE (\d+): ", re.MULTILINE)


def connect(task: Task) -> duckdb.DuckDBPyConnection:
    """An empty database that loads no extension and sees no variable of this program. To be closed: its threads outlive Python else."""
    database = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{max(task.memory - OWN, task.memory // 4)}B",
            "threads": task.threads,
            "temp_directory": SPILL,
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
        },
    )
    database.execute("SET TimeZone = 'UTC'")
    return database


def load(database: duckdb.DuckDBPyConnection, name: str, folder: Path) -> None:
    """The one table of an input, with a header, as a table of this name.

    Whole numbers, numbers, dates and times (ISO 8601) get their types, everything else is text; an empty cell is NULL.
    Ends the task with a message that names file and line when it cannot be read.
    """
    file = table.find(folder)
    with table.open_text(file) as lines:
        header = next(csv.reader(lines), None)
    if not header:
        fail(f"{file.name}: is empty")
    names = [cell.strip().lower() for cell in header]
    if len(set(names)) < len(names) or not all(names):
        fail(f"{file.name}:1: the header needs different names, also without regard to case: {header}")
    link = Path(name + "".join(file.suffixes[-2:]))  # DuckDB takes * and [ in a name for patterns
    link.symlink_to(file)
    try:
        database.execute(
            f"CREATE TABLE {name} AS FROM read_csv('{link}', header=true, delim=',', quote='\"', escape='\"', comment='',"
            " skip=0, encoding='utf-8', dateformat='%Y-%m-%d', sample_size=-1,"
            " auto_type_candidates=['BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP', 'VARCHAR'])"
        )
    except duckdb.OutOfMemoryException:
        too_little()
    except duckdb.Error as error:
        _check(file, len(header))
        fail(f"{file.name}: cannot be read: {_first(error)}")


def shut(database: duckdb.DuckDBPyConnection, writes: Path) -> None:
    """From here on no SQL reaches any file but the one that is written, nor the network, nor these settings."""
    database.execute(f"SET allowed_paths = [{_quoted(str(writes))}]")
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")


def columns(database: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    """The type (DuckDBPyType) of each column of a query's result; a second column `a` is `a_1`.

    Raises:
        duckdb.Error: of the query; the numbers of its lines are the query's.
    """
    return {name: kind for name, kind, *_ in database.execute(f"FROM {_inner(query)} LIMIT 0").description or []}


def write(database: duckdb.DuckDBPyConnection, query: str, target: Path) -> int:
    """Write a query's result as CSV, NULL as an empty cell and nested values as JSON; returns the number of rows.

    Raises:
        duckdb.Error: as `columns`.
    """
    nested = [_name(name) for name, kind in columns(database, query).items() if kind.id in NESTED]
    chosen = "* REPLACE ({})".format(", ".join(f"to_json({n}) AS {n}" for n in nested)) if nested else "*"
    copy = f"COPY (SELECT {chosen} FROM {_inner(query)}) TO {_quoted(str(target))} (FORMAT csv, HEADER, USE_TMP_FILE false)"
    done = database.execute(copy).fetchone()
    assert done
    return int(done[0])


def one_query(database: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The one query of a text, without what ends it.

    Ends the task with a message when it is more, less or something else.

    Raises:
        duckdb.Error: it is no SQL.
    """
    statements = database.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        fail("the SQL has to be one query: SELECT …, or WITH … SELECT …")
    text = sql.encode()  # tokens count bytes
    ends = [at for at, kind in duckdb.tokenize(sql) if kind == duckdb.token_type.operator and text[at : at + 1] == b";"]
    return text[: ends[0]].decode() if ends else sql


def explain(error: duckdb.Error, query: str) -> NoReturn:
    """End the task with what is wrong with a query, and in which of its lines."""
    if isinstance(error, duckdb.OutOfMemoryException):
        too_little()
    found = _LINE.search(str(error))
    if found is None:
        fail(f"the SQL: {_first(error)}")
    number = int(found[1])
    fail(f"line {number} of the SQL: {_first(error)}\n    {query.splitlines()[number - 1].strip()}")


def too_little() -> NoReturn:
    """End the task for want of memory."""
    fail("it needs more memory than the task has, also after writing to disk; ask for more memory, or for less at once")


def _inner(query: str) -> str:
    """The query within another: begun in the same line, so that lines keep their numbers; ended in a new one, since its last may be a comment."""
    return f"({query}\n)"


def _check(file: Path, width: int) -> None:
    """Say which line of a table is wrong, where that can be told."""
    with table.open_text(file) as lines:
        reader = csv.reader(lines, strict=True)
        for row in reader:
            if row and len(row) != width:
                fail(f"{file.name}:{reader.line_num}: {len(row)} cells, the header has {width}")


def _first(error: duckdb.Error) -> str:
    """The first paragraph of what DuckDB says; what follows are hints at settings that are not the user's."""
    return " ".join(re.split(r"\n\n|\nPossible |\nLINE ", str(error))[0].split())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
