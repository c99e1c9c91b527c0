from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.column_statistics import ColumnStatistics


T = TypeVar("T", bound="TableStatistics")


@_attrs_define
class TableStatistics:
    """Of the table's beginning when it is large: the first 8 MiB of its text."""

    complete: bool
    header: bool
    rows: int
    columns: list[ColumnStatistics]

    def to_dict(self) -> dict[str, Any]:
        complete = self.complete

        header = self.header

        rows = self.rows

        columns = []
        for columns_item_data in self.columns:
            columns_item = columns_item_data.to_dict()
            columns.append(columns_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "complete": complete,
                "header": header,
                "rows": rows,
                "columns": columns,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.column_statistics import ColumnStatistics  # noqa: PLC0415

        d = dict(src_dict)
        complete = d.pop("complete")

        header = d.pop("header")

        rows = d.pop("rows")

        columns = []
        _columns = d.pop("columns")
        for columns_item_data in _columns:
            columns_item = ColumnStatistics.from_dict(columns_item_data)

            columns.append(columns_item)

        table_statistics = cls(
            complete=complete,
            header=header,
            rows=rows,
            columns=columns,
        )

        return table_statistics
