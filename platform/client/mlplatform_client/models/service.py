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
    from ..models.metadata import Metadata
    from ..models.service_spec import ServiceSpec


T = TypeVar("T", bound="Service")


@_attrs_define
class Service:
    """The whole document."""

    api_version: Literal["slipway/v1"]
    kind: Literal["Service"]
    metadata: Metadata
    spec: ServiceSpec

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
        from ..models.metadata import Metadata  # noqa: PLC0415
        from ..models.service_spec import ServiceSpec  # noqa: PLC0415

        d = dict(src_dict)
        api_version = cast(Literal["slipway/v1"], d.pop("apiVersion"))
        if api_version != "slipway/v1":
            raise ValueError(f"apiVersion must match const 'slipway/v1', got '{api_version}'")

        kind = cast(Literal["Service"], d.pop("kind"))
        if kind != "Service":
            raise ValueError(f"kind must match const 'Service', got '{kind}'")

        metadata = Metadata.from_dict(d.pop("metadata"))

        spec = ServiceSpec.from_dict(d.pop("spec"))

        service = cls(
            api_version=api_version,
            kind=kind,
            metadata=metadata,
            spec=spec,
        )

        return service
