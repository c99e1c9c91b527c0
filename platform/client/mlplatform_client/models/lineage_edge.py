from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="LineageEdge")


@_attrs_define
class LineageEdge:
    """`source` went into `target`, or came out as it."""

    source: str
    target: str
    role: str

    def to_dict(self) -> dict[str, Any]:
        source = self.source

        target = self.target

        role = self.role

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "source": source,
                "target": target,
                "role": role,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        source = d.pop("source")

        target = d.pop("target")

        role = d.pop("role")

        lineage_edge = cls(
            source=source,
            target=target,
            role=role,
        )

        return lineage_edge
