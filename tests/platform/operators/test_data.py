"""The system operators on data."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.platform.operators.conftest import Run, refused, rows


@pytest.mark.parametrize(
    ("name", "content", "params"),
    [
        ("a.csv", "名称,n\n数据,1\n", {}),
        ("a.txt", "\ufeff名称;n\r\n数据;1\r\n", {}),
        ("a.tsv", "名称\tn\n\n数据\t1", {"encoding": "gb18030"}),
        ("a.csv", "名称|n\n数据|1\n", {"encoding": "utf-16", "delimiter": "|"}),
        ("a.csv.gz", '名称,n\n"数据",1\n', {}),
    ],
)
def test_text_of_any_usual_kind_is_imported(
    run: Run, tmp_path: Path, name: str, content: str, params: dict[str, str]
) -> None:
    data = content.encode(params.get("encoding", "utf-8"))
    done = run("import-csv", {"file": {name: gzip.compress(data) if name.endswith(".gz") else data}}, **params)
    assert done.returncode == 0, done.stdout + done.stderr
    assert rows(tmp_path / "outputs/data/data.csv") == [["名称", "n"], ["数据", "1"]]
    assert json.loads((tmp_path / "metrics.jsonl").read_text()) == {"rows": 1, "columns": 2}


def test_a_table_without_a_header_gets_one(run: Run, tmp_path: Path) -> None:
    assert run("import-csv", {"file": {"a.csv": b"1,2\n3,4\n"}}, header=False).returncode == 0
    assert rows(tmp_path / "outputs/data/data.csv") == [["c1", "c2"], ["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a.csv": b"a,b\n1,2\n3\n"}, "a.csv:3: 1 cells, the first line has 2"),
        ({"a.csv": b"a,a\n1,2\n"}, "a.csv:1: the header needs different names"),
        ({"a.csv": b""}, "a.csv: is empty"),
        ({"a.csv": b"\xff\xfe"}, "a.csv: cannot be read as utf-8"),
        ({"a.csv": b"a\0b"}, "zero bytes"),
        ({"a.csv.gz": b"plain"}, "a.csv.gz: cannot be read"),
        ({"a.csv": b"a", "b.csv": b"b"}, "exactly one file, found ['a.csv', 'b.csv']"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_line(run: Run, files: dict[str, bytes], says: str) -> None:
    refused(run("import-csv", {"file": files}), says)


def test_a_split_loses_no_row_and_is_repeatable(run: Run, tmp_path: Path) -> None:
    table = "x,y\n" + "".join(f'{i},"a\nb"\n' for i in range(200))
    assert run("split", {"data": {"t.csv": table.encode()}}, test=0.25, seed=3).returncode == 0
    train, test = rows(tmp_path / "outputs/train/train.csv"), rows(tmp_path / "outputs/test/test.csv")
    assert train[0] == test[0] == ["x", "y"]
    assert sorted([*train[1:], *test[1:]], key=lambda r: int(r[0])) == [[str(i), "a\nb"] for i in range(200)]
    assert 30 <= len(test) <= 70


def test_a_split_of_too_little_is_refused(run: Run) -> None:
    refused(run("split", {"data": {"t.csv": b"x\n1\n"}}), "too few rows for two parts")


def test_statistics_of_each_column(run: Run, tmp_path: Path) -> None:
    assert run("statistics", {"data": {"t.csv": b"n,t,e\n1,a,\n3,,\n5,b,\n"}}).returncode == 0
    assert rows(tmp_path / "outputs/statistics/statistics.csv")[1:] == [
        ["n", "number", "3", "0", "3.0", "1.632993161855452", "1.0", "2.0", "3.0", "4.0", "5.0"],
        ["t", "text", "2", "1", *[""] * 7],
        ["e", "text", "0", "3", *[""] * 7],
    ]


def test_statistics_name_the_line_of_a_ragged_row(run: Run) -> None:
    refused(run("statistics", {"data": {"t.csv": b"a,b\n1,2\n3\n"}}), "t.csv:3: 1 cells, the header has 2")


@pytest.mark.parametrize("packed", [False, True])
def test_two_tables_become_one(run: Run, tmp_path: Path, packed: bool) -> None:
    second = b"a,b\r\n3,4\r\n"
    inputs = {"first": {"1.csv": b"a,b\n1,2"}, "second": {"2.csv": second}}
    if packed:
        inputs["second"] = {"2.csv.gz": gzip.compress(second)}
    done = run("concatenate", inputs)
    assert done.returncode == 0, done.stdout + done.stderr
    assert rows(tmp_path / "outputs/data/data.csv") == [["a", "b"], ["1", "2"], ["3", "4"]]
    assert json.loads((tmp_path / "metrics.jsonl").read_text()) == {"rows": 2}


@pytest.mark.parametrize(
    ("second", "says"),
    [
        ({"2.csv": b"a,c\n3,4\n"}, "error: the headers differ"),
        ({"2.csv": b""}, "error: second: is empty"),
        ({"2.csv.gz": b"plain"}, "error: second: no gzip file"),
        ({"2.txt": b"a,b\n"}, "error: the input second needs exactly one"),
        ({"2.csv": b"a,b\n", "3.csv": b"a,b\n"}, "error: the input second needs exactly one"),
    ],
)
def test_tables_that_do_not_fit_are_refused(run: Run, second: dict[str, bytes], says: str) -> None:
    refused(run("concatenate", {"first": {"1.csv": b"a,b\n1,2\n"}, "second": second}), says)
