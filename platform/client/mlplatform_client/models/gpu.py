from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Gpu")


@_attrs_define
class Gpu:
    """GPUs of one replica. All replicas of a gang get the same model; an empty list of models means any."""

    count: int | Unset = 0
    models: list[str] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        count = self.count

        models: list[str] | Unset = UNSET
        if not isinstance(self.models, Unset):
            models = self.models

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if count is not UNSET:
            field_dict["count"] = count
        if models is not UNSET:
            field_dict["models"] = models

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        count = d.pop("count", UNSET)

        models = cast(list[str], d.pop("models", UNSET))

        gpu = cls(
            count=count,
            models=models,
        )

        return gpu
