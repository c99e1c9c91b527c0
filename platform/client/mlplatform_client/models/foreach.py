from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="Foreach")


@_attrs_define
class Foreach:
    """Run a step once for each value of one of its parameters."""

    param: str
    values: list[Any]

    def to_dict(self) -> dict[str, Any]:
        param = self.param

        values = self.values

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "param": param,
                "values": values,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        param = d.pop("param")

        values = cast(list[Any], d.pop("values"))

        foreach = cls(
            param=param,
            values=values,
        )

        return foreach
