from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..models.dataset_spec_type import DatasetSpecType, check_dataset_spec_type
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.column import Column


T = TypeVar("T", bound="DatasetSpec")


@_attrs_define
class DatasetSpec:
    type_: DatasetSpecType
    file: str
    columns: list[Column] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        type_: str = self.type_

        file = self.file

        columns: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.columns, Unset):
            columns = []
            for columns_item_data in self.columns:
                columns_item = columns_item_data.to_dict()
                columns.append(columns_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "file": file,
            }
        )
        if columns is not UNSET:
            field_dict["columns"] = columns

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.column import Column  # noqa: PLC0415

        d = dict(src_dict)
        type_ = check_dataset_spec_type(d.pop("type"))

        file = d.pop("file")

        _columns = d.pop("columns", UNSET)
        columns: list[Column] | Unset = UNSET
        if _columns is not UNSET:
            columns = []
            for columns_item_data in _columns:
                columns_item = Column.from_dict(columns_item_data)

                columns.append(columns_item)

        dataset_spec = cls(
            type_=type_,
            file=file,
            columns=columns,
        )

        return dataset_spec
