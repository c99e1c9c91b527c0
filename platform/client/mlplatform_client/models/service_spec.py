from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.service_spec_params import ServiceSpecParams


T = TypeVar("T", bound="ServiceSpec")


@_attrs_define
class ServiceSpec:
    model: str
    operator: str | Unset = "serve-model"
    params: ServiceSpecParams | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        model = self.model

        operator = self.operator

        params: dict[str, Any] | Unset = UNSET
        if not isinstance(self.params, Unset):
            params = self.params.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "model": model,
            }
        )
        if operator is not UNSET:
            field_dict["operator"] = operator
        if params is not UNSET:
            field_dict["params"] = params

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.service_spec_params import ServiceSpecParams  # noqa: PLC0415

        d = dict(src_dict)
        model = d.pop("model")

        operator = d.pop("operator", UNSET)

        _params = d.pop("params", UNSET)
        params: ServiceSpecParams | Unset
        if isinstance(_params, Unset):
            params = UNSET
        else:
            params = ServiceSpecParams.from_dict(_params)

        service_spec = cls(
            model=model,
            operator=operator,
            params=params,
        )

        return service_spec
