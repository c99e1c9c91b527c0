from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.column_statistics_type import (
    ColumnStatisticsType,
    check_column_statistics_type,
)

T = TypeVar("T", bound="ColumnStatistics")


@_attrs_define
class ColumnStatistics:
    name: str
    type_: ColumnStatisticsType
    missing: int
    distinct: int | None
    minimum: float | None
    maximum: float | None
    mean: float | None
    deviation: float | None

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        type_: str = self.type_

        missing = self.missing

        distinct: int | None
        distinct = self.distinct

        minimum: float | None
        minimum = self.minimum

        maximum: float | None
        maximum = self.maximum

        mean: float | None
        mean = self.mean

        deviation: float | None
        deviation = self.deviation

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "type": type_,
                "missing": missing,
                "distinct": distinct,
                "minimum": minimum,
                "maximum": maximum,
                "mean": mean,
                "deviation": deviation,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        type_ = check_column_statistics_type(d.pop("type"))

        missing = d.pop("missing")

        def _parse_distinct(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        distinct = _parse_distinct(d.pop("distinct"))

        def _parse_minimum(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        minimum = _parse_minimum(d.pop("minimum"))

        def _parse_maximum(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        maximum = _parse_maximum(d.pop("maximum"))

        def _parse_mean(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        mean = _parse_mean(d.pop("mean"))

        def _parse_deviation(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        deviation = _parse_deviation(d.pop("deviation"))

        column_statistics = cls(
            name=name,
            type_=type_,
            missing=missing,
            distinct=distinct,
            minimum=minimum,
            maximum=maximum,
            mean=mean,
            deviation=deviation,
        )

        return column_statistics
