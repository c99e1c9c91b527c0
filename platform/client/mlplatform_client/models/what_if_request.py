from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.resource_request import ResourceRequest


T = TypeVar("T", bound="WhatIfRequest")


@_attrs_define
class WhatIfRequest:
    """What a waiting task would ask for instead; what is left out stays."""

    resources: ResourceRequest | Unset = UNSET
    """ What the submitter wants other than the operator's own figures. """
    priority: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        resources: dict[str, Any] | Unset = UNSET
        if not isinstance(self.resources, Unset):
            resources = self.resources.to_dict()

        priority: int | None | Unset
        if isinstance(self.priority, Unset):
            priority = UNSET
        else:
            priority = self.priority

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if resources is not UNSET:
            field_dict["resources"] = resources
        if priority is not UNSET:
            field_dict["priority"] = priority

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.resource_request import ResourceRequest  # noqa: PLC0415

        d = dict(src_dict)
        _resources = d.pop("resources", UNSET)
        resources: ResourceRequest | Unset
        if isinstance(_resources, Unset):
            resources = UNSET
        else:
            resources = ResourceRequest.from_dict(_resources)

        def _parse_priority(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        priority = _parse_priority(d.pop("priority", UNSET))

        what_if_request = cls(
            resources=resources,
            priority=priority,
        )

        return what_if_request
