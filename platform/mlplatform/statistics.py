"""Statistics of CSV tables, computed from a bounded beginning, so that no upload waits or fills memory for them.

Plain Python: an engine such as DuckDB reads faster, but would add tens of megabytes of native code to the API, which reads
what strangers upload. 8 MiB take two to three seconds of one core.
"""

from __future__ import annotations

import asyncio
import csv
import io
import math
import re
import zlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path

from mlplatform.models.dataset import ColumnType
from mlplatform.models.statistics import ColumnStatistics, TableStatistics

LIMIT = 8 << 20
"""Bytes of text that are looked at."""
MAX_COLUMNS = 1000
"""A wider table gets no statistics: they would be larger than what they describe."""
MAX_DISTINCT = 1000
MAX_NAME = 200
"""Characters of a column's name."""
_INTEGER = re.compile(r"[+-]?[0-9]{1,300}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_BOOLEANS = {"true", "false"}


def is_table(path: str) -> bool:
    """Whether a file is one by its name."""
    return path.lower().endswith((".csv", ".csv.gz"))


async def of_blob(content: AsyncIterator[bytes], path: str) -> TableStatistics | None:
    """The statistics of a table's file; None when it is no table that can be read."""
    if not is_table(path):
        return None
    head = _Head(path)
    async for chunk in content:
        if not head.take(chunk):
            break
    return await asyncio.to_thread(head.statistics)


def of_file(file: Path) -> TableStatistics | None:
    """The same of a file on this machine.

    Raises:
        OSError: it cannot be read.
    """
    head = _Head(file.name)
    with file.open("rb") as stream:
        while (chunk := stream.read(1 << 20)) and head.take(chunk):
            pass
    return head.statistics()


class _Head:
    """The first LIMIT bytes of a table's text, unpacked where it is packed, and never more than that."""

    def __init__(self, path: str) -> None:
        self._text = bytearray()
        self._gzip = zlib.decompressobj(wbits=31) if path.lower().endswith(".gz") else None
        self._broken = False
        self._complete = True

    def take(self, chunk: bytes) -> bool:
        """Whether more is wanted."""
        room = LIMIT - len(self._text)
        try:
            out = self._unpack(chunk, room + 1) if self._gzip else chunk[: room + 1]
        except zlib.error:
            self._broken = True
            return False
        self._text += out[:room]
        self._complete = len(out) <= room
        return self._complete

    def _unpack(self, chunk: bytes, most: int) -> bytes:
        assert self._gzip
        out = self._gzip.decompress(chunk, most)
        while self._gzip.eof and (chunk := self._gzip.unused_data):  # a file can be several packed pieces
            self._gzip = zlib.decompressobj(wbits=31)
            if len(out) < most:
                out += self._gzip.decompress(chunk, most - len(out))
        return out

    def statistics(self) -> TableStatistics | None:
        if self._broken or not self._text:
            return None
        complete = self._complete and (self._gzip is None or self._gzip.eof)
        text = bytes(self._text)
        if not complete:
            text = text[: text.rfind(b"\n") + 1]
        lines = io.StringIO(text.decode("utf-8-sig", errors="replace"), newline="")
        try:
            return _statistics(lines, complete)
        except csv.Error:
            return None


@dataclass
class _Column:
    """Sums over a column's cells; mean and spread by Welford's method."""

    name: str
    cells: int = 0
    integers: int = 0
    numbers: int = 0
    booleans: int = 0
    minimum: float = math.inf
    maximum: float = -math.inf
    mean: float = 0.0
    squares: float = 0.0
    seen: set[int] = field(default_factory=set)
    """Hashes of the values: small, however long the values are."""

    def add(self, cell: str) -> None:
        self.cells += 1
        if len(self.seen) <= MAX_DISTINCT:
            self.seen.add(hash(cell))
        if not _NUMBER.fullmatch(cell):
            self.booleans += cell.lower() in _BOOLEANS
            return
        value = float(cell)
        if not math.isfinite(value):
            return
        self.numbers += 1
        self.integers += bool(_INTEGER.fullmatch(cell))
        self.minimum, self.maximum = min(self.minimum, value), max(self.maximum, value)
        step = value - self.mean
        self.mean += step / self.numbers
        self.squares += step * (value - self.mean)

    @property
    def type(self) -> ColumnType:
        if self.cells and self.integers == self.cells:
            return "integer"
        if self.cells and self.numbers == self.cells:
            return "number"
        return "boolean" if self.cells and self.booleans == self.cells else "text"

    def result(self, rows: int) -> ColumnStatistics:
        numeric = self.type in ("integer", "number")

        def number(value: float) -> float | None:
            return value if numeric and math.isfinite(value) else None

        return ColumnStatistics(
            name=self.name,
            type=self.type,
            missing=rows - self.cells,
            distinct=len(self.seen) if len(self.seen) <= MAX_DISTINCT else None,
            minimum=number(self.minimum),
            maximum=number(self.maximum),
            mean=number(self.mean),
            deviation=number(math.sqrt(max(0.0, self.squares / self.numbers)) if self.numbers else math.nan),
        )


def _statistics(lines: Iterable[str], complete: bool) -> TableStatistics | None:
    rows = (row for row in csv.reader(lines) if row)
    first = next(rows, None)
    if first is None or len(first) > MAX_COLUMNS:
        return None
    header = not any(_NUMBER.fullmatch(cell.strip()) for cell in first)
    columns = [_Column(n.strip()[:MAX_NAME] if header else f"c{i}") for i, n in enumerate(first, 1)]
    count = 0
    for row in rows if header else chain([first], rows):
        count += 1
        for column, cell in zip_longest(columns, row[: len(columns)], fillvalue=""):
            assert isinstance(column, _Column)  # a row has no more cells than there are columns
            if cell and (value := str(cell).strip()):
                column.add(value)
    return TableStatistics(complete=complete, header=header, rows=count, columns=[c.result(count) for c in columns])
