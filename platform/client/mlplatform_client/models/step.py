from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.step_inputs import StepInputs
    from ..models.step_params import StepParams


T = TypeVar("T", bound="Step")


@_attrs_define
class Step:
    operator: str
    params: StepParams | Unset = UNSET
    inputs: StepInputs | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        operator = self.operator

        params: dict[str, Any] | Unset = UNSET
        if not isinstance(self.params, Unset):
            params = self.params.to_dict()

        inputs: dict[str, Any] | Unset = UNSET
        if not isinstance(self.inputs, Unset):
            inputs = self.inputs.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "operator": operator,
            }
        )
        if params is not UNSET:
            field_dict["params"] = params
        if inputs is not UNSET:
            field_dict["inputs"] = inputs

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.step_inputs import StepInputs  # noqa: PLC0415
        from ..models.step_params import StepParams  # noqa: PLC0415

        d = dict(src_dict)
        operator = d.pop("operator")

        _params = d.pop("params", UNSET)
        params: StepParams | Unset
        if isinstance(_params, Unset):
            params = UNSET
        else:
            params = StepParams.from_dict(_params)

        _inputs = d.pop("inputs", UNSET)
        inputs: StepInputs | Unset
        if isinstance(_inputs, Unset):
            inputs = UNSET
        else:
            inputs = StepInputs.from_dict(_inputs)

        step = cls(
            operator=operator,
            params=params,
            inputs=inputs,
        )

        return step
