from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.column_type import ColumnType, check_column_type

T = TypeVar("T", bound="Column")


@_attrs_define
class Column:
    name: str
    type_: ColumnType

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        type_: str = self.type_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "type": type_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        type_ = check_column_type(d.pop("type"))

        column = cls(
            name=name,
            type_=type_,
        )

        return column
