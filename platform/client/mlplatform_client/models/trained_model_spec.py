from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="TrainedModelSpec")


@_attrs_define
class TrainedModelSpec:
    format_: str
    files: list[str]

    def to_dict(self) -> dict[str, Any]:
        format_ = self.format_

        files = self.files

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "format": format_,
                "files": files,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        format_ = d.pop("format")

        files = cast(list[str], d.pop("files"))

        trained_model_spec = cls(
            format_=format_,
            files=files,
        )

        return trained_model_spec
