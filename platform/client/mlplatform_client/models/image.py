from __future__ import annotations

from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.image_spec import ImageSpec
    from ..models.metadata import Metadata


T = TypeVar("T", bound="Image")


@_attrs_define
class Image:
    """The whole document."""

    api_version: Literal["slipway/v1"]
    kind: Literal["Image"]
    metadata: Metadata
    spec: ImageSpec

    def to_dict(self) -> dict[str, Any]:
        api_version = self.api_version

        kind = self.kind

        metadata = self.metadata.to_dict()

        spec = self.spec.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "apiVersion": api_version,
                "kind": kind,
                "metadata": metadata,
                "spec": spec,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.image_spec import ImageSpec  # noqa: PLC0415
        from ..models.metadata import Metadata  # noqa: PLC0415

        d = dict(src_dict)
        api_version = cast(Literal["slipway/v1"], d.pop("apiVersion"))
        if api_version != "slipway/v1":
            raise ValueError(f"apiVersion must match const 'slipway/v1', got '{api_version}'")

        kind = cast(Literal["Image"], d.pop("kind"))
        if kind != "Image":
            raise ValueError(f"kind must match const 'Image', got '{kind}'")

        metadata = Metadata.from_dict(d.pop("metadata"))

        spec = ImageSpec.from_dict(d.pop("spec"))

        image = cls(
            api_version=api_version,
            kind=kind,
            metadata=metadata,
            spec=spec,
        )

        return image
