from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.resource_request import ResourceRequest
    from ..models.service_request_params import ServiceRequestParams


T = TypeVar("T", bound="ServiceRequest")


@_attrs_define
class ServiceRequest:
    """Publish a model as a service."""

    name: str
    model: str
    version: int | None | Unset = UNSET
    operator: str | Unset = "serve-model"
    tenant: None | str | Unset = UNSET
    params: ServiceRequestParams | Unset = UNSET
    resources: ResourceRequest | Unset = UNSET
    """ What the submitter wants other than the operator's own figures. """
    priority: int | Unset = 0

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        model = self.model

        version: int | None | Unset
        if isinstance(self.version, Unset):
            version = UNSET
        else:
            version = self.version

        operator = self.operator

        tenant: None | str | Unset
        if isinstance(self.tenant, Unset):
            tenant = UNSET
        else:
            tenant = self.tenant

        params: dict[str, Any] | Unset = UNSET
        if not isinstance(self.params, Unset):
            params = self.params.to_dict()

        resources: dict[str, Any] | Unset = UNSET
        if not isinstance(self.resources, Unset):
            resources = self.resources.to_dict()

        priority = self.priority

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "model": model,
            }
        )
        if version is not UNSET:
            field_dict["version"] = version
        if operator is not UNSET:
            field_dict["operator"] = operator
        if tenant is not UNSET:
            field_dict["tenant"] = tenant
        if params is not UNSET:
            field_dict["params"] = params
        if resources is not UNSET:
            field_dict["resources"] = resources
        if priority is not UNSET:
            field_dict["priority"] = priority

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.resource_request import ResourceRequest  # noqa: PLC0415
        from ..models.service_request_params import ServiceRequestParams  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        model = d.pop("model")

        def _parse_version(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        version = _parse_version(d.pop("version", UNSET))

        operator = d.pop("operator", UNSET)

        def _parse_tenant(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        tenant = _parse_tenant(d.pop("tenant", UNSET))

        _params = d.pop("params", UNSET)
        params: ServiceRequestParams | Unset
        if isinstance(_params, Unset):
            params = UNSET
        else:
            params = ServiceRequestParams.from_dict(_params)

        _resources = d.pop("resources", UNSET)
        resources: ResourceRequest | Unset
        if isinstance(_resources, Unset):
            resources = UNSET
        else:
            resources = ResourceRequest.from_dict(_resources)

        priority = d.pop("priority", UNSET)

        service_request = cls(
            name=name,
            model=model,
            version=version,
            operator=operator,
            tenant=tenant,
            params=params,
            resources=resources,
            priority=priority,
        )

        return service_request
