"""What is known of a table: its schema and the statistics of its columns."""

from __future__ import annotations

from mlplatform.models.base import Model
from mlplatform.models.dataset import ColumnType


class ColumnStatistics(Model):
    name: str
    type: ColumnType
    missing: int
    """Cells that are empty or not there."""
    distinct: int | None
    """Different values; null when there are more than 1000."""
    minimum: float | None
    """This and the following: of the numbers; null where the column has other values, or none."""
    maximum: float | None
    mean: float | None
    deviation: float | None
    """Standard deviation of the population."""


class TableStatistics(Model):
    """Of the table's beginning when it is large: the first 8 MiB of its text."""

    complete: bool
    """The whole table was read."""
    header: bool
    """The first line names the columns; otherwise they are called c1, c2, …"""
    rows: int
    columns: list[ColumnStatistics]
