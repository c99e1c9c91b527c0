from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="FileView")


@_attrs_define
class FileView:
    path: str
    size: int
    digest: str

    def to_dict(self) -> dict[str, Any]:
        path = self.path

        size = self.size

        digest = self.digest

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "path": path,
                "size": size,
                "digest": digest,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        path = d.pop("path")

        size = d.pop("size")

        digest = d.pop("digest")

        file_view = cls(
            path=path,
            size=size,
            digest=digest,
        )

        return file_view
