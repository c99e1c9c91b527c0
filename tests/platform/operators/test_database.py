"""The operators that work with DuckDB: SQL that reaches nothing but its tables, Parquet that becomes a table."""

from __future__ import annotations

import datetime
import gzip
import io
import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mlplatform.kit import samples
from toolkit import database
from toolkit.task import Task

from tests.platform.operators.conftest import Run, refused, rows

PEOPLE = b'id,name,born,score\n1,Ann,2001-02-03,0.5\n2,Bob,1999-12-31,\n3,"O\'Hara, Li",2010-01-01,1e3\n'
RESULT = "outputs/data/data.csv"


def test_a_query_joins_up_to_three_tables(run: Run, tmp_path: Path) -> None:
    inputs = {
        "data": {"it's [a]*.csv": PEOPLE},
        "second": {"s.csv.gz": gzip.compress(b"id,city\r\n1,Bonn\r\n3,Ulm\r\n")},
        "third": {"t.csv": b"code\n007\n"},
    }
    sql = """WITH known AS (
      SELECT name, city, date_part('year', born) AS year, score * 2 AS twice FROM data LEFT JOIN second USING (id)
    )
    SELECT known.*, code FROM known, third ORDER BY year; -- the last comment"""
    done = run("transform", inputs, sql=sql)
    assert done.returncode == 0, done.stdout + done.stderr
    assert rows(tmp_path / RESULT) == [
        ["name", "city", "year", "twice", "code"],
        ["Bob", "", "1999", "", "007"],
        ["Ann", "Bonn", "2001", "1.0", "007"],
        ["O'Hara, Li", "Ulm", "2010", "2000.0", "007"],
    ]
    assert json.loads((tmp_path / "metrics.jsonl").read_text()) == {"rows": 3, "columns": 5}


def test_types_are_plain_and_nested_values_are_json(run: Run, tmp_path: Path) -> None:
    sql = "SELECT [id, 2] l, {'n': name} s, NULL x, true t, TIMESTAMP '2024-01-02 03:04:05' w, 1 w FROM data LIMIT 1"
    done = run("transform", {"data": {"t.csv": PEOPLE}}, sql=sql)
    assert "l (BIGINT[]): written as JSON" in done.stdout
    assert rows(tmp_path / RESULT)[0] == ["l", "s", "x", "t", "w", "w_1"]
    assert rows(tmp_path / RESULT)[1] == ["[1,2]", '{"n":"Ann"}', "", "true", "2024-01-02 03:04:05", "1"]


FORBIDDEN = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/proc/self/environ')",
    "SELECT * FROM read_blob('task.json')",
    "SELECT * FROM read_csv('data.csv')",  # also not its own input
    "SELECT * FROM glob('/*')",
    "SELECT * FROM read_parquet('https://192.0.2.1/x.parquet')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM query_table(['/etc/passwd'])",
    "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
    "SELECT getenv('HOME')",
    "SELECT * FROM task",  # a variable of the operator's
    "COPY data TO 'x.csv'",
    "COPY (SELECT 1) TO 'outputs/data/data.csv'",
    "EXPORT DATABASE 'x'",
    "ATTACH 'x.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '100GB'",
    "PRAGMA enable_profiling",
    "SELECT 1; SELECT 2",
    "SELECT 1) TO 'x.csv' --",
    "-- nothing",
    "DROP TABLE data",
]


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    """One with an input `data` and an output, in whose folder the test runs."""
    monkeypatch.chdir(tmp_path)
    for folder in ("inputs/data", "outputs/data"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "inputs/data/data.csv").write_bytes(PEOPLE)
    (tmp_path / "secret.csv").write_text("a\n1\n")
    folders = {"inputs": {"data": tmp_path / "inputs/data"}, "outputs": {"data": tmp_path / "outputs/data"}}
    return Task("t", "task", "t", {}, **folders, metrics=tmp_path / "m", checkpoint=tmp_path / "c", rank=0, world=1,
                master={}, threads=1, memory=512 << 20, port=1)  # fmt: skip


def test_a_query_reaches_nothing_but_its_tables(task: Task, tmp_path: Path) -> None:
    target = tmp_path / RESULT
    with database.connect(task) as tables:
        database.load(tables, "data", task.inputs["data"])
        before = {p.name for p in tmp_path.rglob("*")}
        database.shut(tables, target)
        for sql in FORBIDDEN:
            with pytest.raises((SystemExit, duckdb.Error)):
                print(sql, database.write(tables, database.one_query(tables, sql), target))
        assert {p.name for p in tmp_path.rglob("*")} - {"data.csv", "spill"} == before - {"data.csv", "spill"}
        assert not target.exists()
        assert database.write(tables, "FROM data", target) == 3  # and it was none of these that broke it


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT id,\n  nmae\nFROM data", 'line 2 of the SQL: Binder Error: Referenced column "nmae" not found'),
        ("SELECT id\nFORM data", "line 2 of the SQL: Parser Error"),
        ("SELECT id\n\n, CAST(name AS INTEGER) FROM data", "Could not convert string 'Ann' to INT32"),
        ("SELECT ? FROM data", "the SQL: "),
    ],
)
def test_wrong_sql_is_told_by_line(run: Run, sql: str, says: str) -> None:
    refused(run("transform", {"data": {"t.csv": PEOPLE}}, sql=sql), says)


def test_too_little_memory_is_told(run: Run) -> None:
    sql = "SELECT list(a.id) FROM range(100000000) a(id)"
    refused(run("transform", {"data": {"t.csv": PEOPLE}}, sql=sql), "needs more memory than the task has")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (b"", "t.csv: is empty"),
        (b"a,A\n1,2\n", "t.csv:1: the header needs different names"),
        (b"a,\n1,2\n", "t.csv:1: the header needs different names"),
        (b"a,b\n1,2\n3\n", "t.csv:3: 1 cells, the header has 2"),
        (b"a,b\n1,2,3\n", "t.csv:2: 3 cells, the header has 2"),
        (b'a,b\n1,"2\n', "t.csv: "),
        (b"a,b\n1,\xff\n", "t.csv: cannot be read"),
        (samples.junk(), "t.csv: cannot be read"),
    ],
)
def test_a_table_that_cannot_be_read_is_told_by_line(run: Run, table: bytes, says: str) -> None:
    refused(run("transform", {"data": {"t.csv": table}}), says)


@pytest.mark.parametrize("table", [b"a,b\n", b"a,b\n1e308,nan\n-1e308,\n"])
def test_a_table_of_unusual_values_stays_as_it_is(run: Run, tmp_path: Path, table: bytes) -> None:
    done = run("transform", {"data": {"t.csv": table}})
    assert done.returncode == 0, done.stdout + done.stderr
    found = (tmp_path / RESULT).read_bytes()
    assert found.replace(b"1e+308", b"1e308") == table


def parquet(columns: dict[str, pa.Array]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


MOMENT = datetime.datetime(2024, 3, 31, 1, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))


def test_parquet_becomes_a_table(run: Run, tmp_path: Path) -> None:
    content = parquet(
        {
            "id": pa.array([2**60, None]),
            "text": pa.array(['数据, "x"\n', None]),
            "at": pa.array([MOMENT, None], pa.timestamp("us", "Asia/Shanghai")),
            "plain": pa.array([MOMENT.replace(tzinfo=None), None], pa.timestamp("ns")),
            "price": pa.array([Decimal("1.50"), None]),
            "ok": pa.array([True, None]),
            "list": pa.array([[1, None], None]),
            "struct": pa.array([{"a": "q"}, None]),
        }
    )
    done = run("import-parquet", {"file": {"it's *.parquet": content}})
    assert done.returncode == 0, done.stdout + done.stderr
    assert rows(tmp_path / RESULT) == [
        ["id", "text", "at", "plain", "price", "ok", "list", "struct"],
        [
            str(2**60),
            '数据, "x"\n',
            "2024-03-30 17:30:00+00",
            "2024-03-31 01:30:00",
            "1.50",
            "true",
            "[1,null]",
            '{"a":"q"}',
        ],
        [""] * 8,
    ]
    assert "list (BIGINT[]): written as JSON" in done.stdout and "at: moments, written in UTC" in done.stdout
    assert json.loads((tmp_path / "metrics.jsonl").read_text()) == {"rows": 2, "columns": 8}


WHOLE = parquet({"a": pa.array([1])})


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a.parquet": b""}, "a.parquet: is no Parquet file, or not all of one"),
        ({"a.parquet": b"a,b\n1,2\n"}, "is no Parquet file"),
        ({"a.parquet": WHOLE[:-9]}, "not all of one"),
        ({"a.parquet": b"PAR1" + samples.junk() + b"PAR1"}, "a.parquet: cannot be read"),
        ({"a.parquet": WHOLE, "b.parquet": WHOLE}, "exactly one file"),
        ({"a.parquet": parquet({"a": pa.array([1]), "b": pa.array([[1]])})}, "b (BIGINT[])"),
    ],
)
def test_what_is_no_parquet_is_refused(run: Run, files: dict[str, bytes], says: str) -> None:
    refused(run("import-parquet", {"file": files}, nested="refuse"), says)
