from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ModelRequest")


@_attrs_define
class ModelRequest:
    """Make a task's output the next version of a model."""

    name: str
    task: str
    output: str | Unset = "model"

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        task = self.task

        output = self.output

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "task": task,
            }
        )
        if output is not UNSET:
            field_dict["output"] = output

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        task = d.pop("task")

        output = d.pop("output", UNSET)

        model_request = cls(
            name=name,
            task=task,
            output=output,
        )

        return model_request
