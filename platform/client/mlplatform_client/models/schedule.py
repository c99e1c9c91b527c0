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
    from ..models.schedule_spec import ScheduleSpec


T = TypeVar("T", bound="Schedule")


@_attrs_define
class Schedule:
    """The whole document."""

    api_version: Literal["slipway/v1"]
    kind: Literal["Schedule"]
    metadata: Metadata
    spec: ScheduleSpec

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
        from ..models.schedule_spec import ScheduleSpec  # noqa: PLC0415

        d = dict(src_dict)
        api_version = cast(Literal["slipway/v1"], d.pop("apiVersion"))
        if api_version != "slipway/v1":
            raise ValueError(f"apiVersion must match const 'slipway/v1', got '{api_version}'")

        kind = cast(Literal["Schedule"], d.pop("kind"))
        if kind != "Schedule":
            raise ValueError(f"kind must match const 'Schedule', got '{kind}'")

        metadata = Metadata.from_dict(d.pop("metadata"))

        spec = ScheduleSpec.from_dict(d.pop("spec"))

        schedule = cls(
            api_version=api_version,
            kind=kind,
            metadata=metadata,
            spec=spec,
        )

        return schedule
