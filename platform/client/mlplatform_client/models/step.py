from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.condition import Condition
    from ..models.foreach import Foreach
    from ..models.step_inputs import StepInputs
    from ..models.step_params import StepParams


T = TypeVar("T", bound="Step")


@_attrs_define
class Step:
    operator: str
    params: StepParams | Unset = UNSET
    inputs: StepInputs | Unset = UNSET
    when: Condition | None | Unset = UNSET
    foreach: Foreach | None | Unset = UNSET
    cache: bool | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.condition import Condition  # noqa: PLC0415
        from ..models.foreach import Foreach  # noqa: PLC0415

        operator = self.operator

        params: dict[str, Any] | Unset = UNSET
        if not isinstance(self.params, Unset):
            params = self.params.to_dict()

        inputs: dict[str, Any] | Unset = UNSET
        if not isinstance(self.inputs, Unset):
            inputs = self.inputs.to_dict()

        when: dict[str, Any] | None | Unset
        if isinstance(self.when, Unset):
            when = UNSET
        elif isinstance(self.when, Condition):
            when = self.when.to_dict()
        else:
            when = self.when

        foreach: dict[str, Any] | None | Unset
        if isinstance(self.foreach, Unset):
            foreach = UNSET
        elif isinstance(self.foreach, Foreach):
            foreach = self.foreach.to_dict()
        else:
            foreach = self.foreach

        cache: bool | None | Unset
        if isinstance(self.cache, Unset):
            cache = UNSET
        else:
            cache = self.cache

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
        if when is not UNSET:
            field_dict["when"] = when
        if foreach is not UNSET:
            field_dict["foreach"] = foreach
        if cache is not UNSET:
            field_dict["cache"] = cache

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.condition import Condition  # noqa: PLC0415
        from ..models.foreach import Foreach  # noqa: PLC0415
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

        def _parse_when(data: object) -> Condition | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                when_type_0 = Condition.from_dict(data)

                return when_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Condition | None | Unset, data)

        when = _parse_when(d.pop("when", UNSET))

        def _parse_foreach(data: object) -> Foreach | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                foreach_type_0 = Foreach.from_dict(data)

                return foreach_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Foreach | None | Unset, data)

        foreach = _parse_foreach(d.pop("foreach", UNSET))

        def _parse_cache(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        cache = _parse_cache(d.pop("cache", UNSET))

        step = cls(
            operator=operator,
            params=params,
            inputs=inputs,
            when=when,
            foreach=foreach,
            cache=cache,
        )

        return step
