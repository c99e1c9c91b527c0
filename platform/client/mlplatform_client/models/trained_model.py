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
    from ..models.trained_model_spec import TrainedModelSpec


T = TypeVar("T", bound="TrainedModel")


@_attrs_define
class TrainedModel:
    """The whole document. (`Model` is what all of this package's classes derive from.)"""

    api_version: Literal["slipway/v1"]
    kind: Literal["Model"]
    metadata: Metadata
    spec: TrainedModelSpec

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
        from ..models.trained_model_spec import TrainedModelSpec  # noqa: PLC0415

        d = dict(src_dict)
        api_version = cast(Literal["slipway/v1"], d.pop("apiVersion"))
        if api_version != "slipway/v1":
            raise ValueError(f"apiVersion must match const 'slipway/v1', got '{api_version}'")

        kind = cast(Literal["Model"], d.pop("kind"))
        if kind != "Model":
            raise ValueError(f"kind must match const 'Model', got '{kind}'")

        metadata = Metadata.from_dict(d.pop("metadata"))

        spec = TrainedModelSpec.from_dict(d.pop("spec"))

        trained_model = cls(
            api_version=api_version,
            kind=kind,
            metadata=metadata,
            spec=spec,
        )

        return trained_model
