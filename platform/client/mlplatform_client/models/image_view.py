from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ImageView")


@_attrs_define
class ImageView:
    """The image that came with an operator."""

    digest: str
    size: int

    def to_dict(self) -> dict[str, Any]:
        digest = self.digest

        size = self.size

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "digest": digest,
                "size": size,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        digest = d.pop("digest")

        size = d.pop("size")

        image_view = cls(
            digest=digest,
            size=size,
        )

        return image_view
