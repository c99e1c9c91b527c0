"""Statistics of tables: right for what they read, bounded in what they read, silent about what is no table."""

from __future__ import annotations

import gzip
import statistics as reference
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlplatform.models.statistics import TableStatistics
from mlplatform.statistics import LIMIT, MAX_COLUMNS, of_blob, of_file
from mlplatform.storage.blobs import once


def read(folder: Path, content: bytes, name: str = "t.csv") -> TableStatistics | None:
    (folder / name).write_bytes(content)
    return of_file(folder / name)


def test_types_missing_and_distinct_values(tmp_path: Path) -> None:
    table = read(tmp_path, b'id,share,ok,said\n1,0.5,true,"a\nb"\n2,-1e3,False,\n2,.25,true\n')
    assert table and table.header and table.complete and table.rows == 3
    seen = [(c.name, c.type, c.missing, c.distinct, c.minimum, c.maximum) for c in table.columns]
    assert seen == [
        ("id", "integer", 0, 2, 1, 2),
        ("share", "number", 0, 3, -1000, 0.5),
        ("ok", "boolean", 0, 2, None, None),
        ("said", "text", 2, 1, None, None),
    ]


def test_a_table_without_a_header_gets_names(tmp_path: Path) -> None:
    table = read(tmp_path, b"1,2,a\n3,4,b\n")
    assert table and not table.header and table.rows == 2
    assert [c.name for c in table.columns] == ["c1", "c2", "c3"]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 3)), min_size=1, max_size=40))
def test_the_figures_are_those_of_the_textbook(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    lines = "\n".join(map(repr, values))
    table = read(tmp_path_factory.getbasetemp(), f"x\n{lines}\n".encode())
    assert table
    (column,) = table.columns
    assert column.mean == pytest.approx(reference.fmean(values), rel=1e-9, abs=1e-3)
    assert column.deviation == pytest.approx(reference.pstdev(values), rel=1e-6, abs=1e-2)
    assert (column.minimum, column.maximum) == (min(values), max(values))


def test_a_packed_table_is_the_same_and_may_have_several_pieces(tmp_path: Path) -> None:
    content = b"a,b\n" + b"1,x\n" * 100
    plain = read(tmp_path, content)
    assert plain == read(tmp_path, gzip.compress(content), "t.csv.gz")
    assert plain == read(tmp_path, gzip.compress(content[:50]) + gzip.compress(content[50:]), "t.csv.gz")
    cut = read(tmp_path, gzip.compress(content)[:-9], "t.csv.gz")
    assert cut is None or not cut.complete


def test_only_the_beginning_of_a_large_table_is_read(tmp_path: Path) -> None:
    line = b"1234567," + b"x" * 1016 + b"\n"
    bomb = gzip.compress(line * (2 * LIMIT // len(line)), compresslevel=1)
    table = read(tmp_path, bomb, "t.csv.gz")
    assert table and not table.complete
    assert table.rows == LIMIT // len(line)  # the line that the limit cuts is left out


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"1,2\n", "t.bin"),
        (b"", "t.csv"),
        (b"\n\n", "t.csv"),
        (b"plain", "t.csv.gz"),
        (b"," * MAX_COLUMNS + b"\n", "t.csv"),
        (b'"' + b"x" * 200_000, "t.csv"),
    ],
    ids=["name", "empty", "blank", "no gzip", "wide", "field"],
)
async def test_what_is_no_table_has_no_statistics(content: bytes, name: str) -> None:
    assert await of_blob(once(content), name) is None


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00a,b\n1,2\n", b"a\n1e999\n", b"a\n" + b"9" * 4000 + b"\n", b"a\n1_0\n"]
)
async def test_odd_cells_are_text(content: bytes) -> None:
    table = await of_blob(once(content), "t.csv")
    assert table and "NaN" not in table.model_dump_json() and "Infinity" not in table.model_dump_json()
