"""The operator that is a compiled program: built once, then run as any other."""

from __future__ import annotations

import csv
import gzip
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from mlplatform.kit import samples

from tests.platform.operators.conftest import OPERATORS, Run, refused, rows

needs_go = pytest.mark.skipif(shutil.which("go") is None, reason="there is no go to build it")
RESULT = "outputs/data/data.csv"


@needs_go
@pytest.mark.parametrize("packed", [False, True])
def test_the_first_of_equal_rows_stays(run: Run, tmp_path: Path, packed: bool) -> None:
    content = 'a,b\r\n1,"x, ""y""\n"\r\n1,x\n\n1,"x, ""y""\n"\n,\n1,x\n"数据",'.encode()
    files = {"t.csv.gz": gzip.compress(content)} if packed else {"t.csv": content}
    done = run("deduplicate", {"data": files})
    assert done.returncode == 0, done.stdout + done.stderr
    assert rows(tmp_path / RESULT) == [["a", "b"], ["1", 'x, "y"\n'], ["1", "x"], ["", ""], ["数据", ""]]
    assert json.loads((tmp_path / "metrics.jsonl").read_text()) == {"rows": 4, "duplicates": 2}


@needs_go
def test_only_the_chosen_columns_count_and_cells_do_not_run_together(run: Run, tmp_path: Path) -> None:
    content = b"a,b,c\nab,c,1\na,bc,2\nab,c,3\nnan,1e308,4\n"
    assert run("deduplicate", {"data": {"t.csv": content}}, columns=["b", "a"]).returncode == 0
    assert [r[2] for r in rows(tmp_path / RESULT)] == ["c", "1", "2", "4"]


@needs_go
def test_an_empty_cell_alone_in_its_row_stays_a_row(run: Run, tmp_path: Path) -> None:
    assert run("deduplicate", {"data": {"t.csv": b'a\n""\nx\n""\n'}}).returncode == 0
    with (tmp_path / RESULT).open(newline="") as lines:
        assert list(csv.DictReader(lines)) == [{"a": ""}, {"a": "x"}]


@needs_go
@pytest.mark.parametrize(
    ("files", "columns", "says"),
    [
        ({"t.csv": b""}, [], "t.csv: is empty"),
        ({"t.csv": b"a,b\n1,2\n3\n"}, [], "t.csv:3: another number of cells than the header's 2"),
        ({"t.csv": b'a,b\n1,"2\n'}, [], "t.csv:2: no CSV"),
        ({"t.csv": b"a,b\n1,2\n"}, ["c"], "t.csv: has no column c; it has a, b"),
        ({"t.csv": b"a\n\xff\n"}, [], "t.csv:2: cannot be read as UTF-8"),
        ({"t.csv": samples.junk()}, [], "t.csv"),
        ({"t.csv.gz": b"plain text, longer than a header"}, [], "t.csv.gz: cannot be read: gzip"),
        ({"t.csv.gz": gzip.compress(b"a\n" * 9000)[:-9]}, [], "t.csv.gz: cannot be read: unexpected EOF"),
        ({"a.csv": b"", "b.csv": b""}, [], "exactly one .csv or .csv.gz file, found 2"),
    ],
)
def test_what_is_no_table_is_told_by_line(run: Run, files: dict[str, bytes], columns: list[str], says: str) -> None:
    refused(run("deduplicate", {"data": files}, columns=columns), says)


def test_without_a_go_toolchain_it_says_that_it_is_not_available(tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to(shutil.which("sh") or "/bin/sh")
    done = subprocess.run(
        ["sh", str(OPERATORS / "deduplicate/deduplicate.sh")],
        env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    refused(done, "error: deduplicate is not available here: it is a Go program")


def test_the_program_beside_the_script_is_the_one_that_runs(tmp_path: Path) -> None:
    """As in the image."""
    shutil.copy(OPERATORS / "deduplicate/deduplicate.sh", tmp_path)
    (tmp_path / "deduplicate").write_text("#!/bin/sh\necho it is me\n")
    (tmp_path / "deduplicate").chmod(0o755)
    command = ["sh", str(tmp_path / "deduplicate.sh")]
    assert subprocess.run(command, capture_output=True, check=True, env=dict(os.environ)).stdout == b"it is me\n"
