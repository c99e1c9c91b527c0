from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.spec_modes_item import SpecModesItem, check_spec_modes_item
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.resources import Resources
    from ..models.spec_inputs import SpecInputs
    from ..models.spec_outputs import SpecOutputs
    from ..models.spec_params import SpecParams


T = TypeVar("T", bound="Spec")


@_attrs_define
class Spec:
    image: str
    command: list[str]
    modes: list[SpecModesItem]
    inputs: SpecInputs | Unset = UNSET
    outputs: SpecOutputs | Unset = UNSET
    params: SpecParams | Unset = UNSET
    resources: Resources | Unset = UNSET
    """ What each replica asks for. More than one replica is a gang: all of them start, or none. """

    def to_dict(self) -> dict[str, Any]:
        image = self.image

        command = self.command

        modes = []
        for modes_item_data in self.modes:
            modes_item: str = modes_item_data
            modes.append(modes_item)

        inputs: dict[str, Any] | Unset = UNSET
        if not isinstance(self.inputs, Unset):
            inputs = self.inputs.to_dict()

        outputs: dict[str, Any] | Unset = UNSET
        if not isinstance(self.outputs, Unset):
            outputs = self.outputs.to_dict()

        params: dict[str, Any] | Unset = UNSET
        if not isinstance(self.params, Unset):
            params = self.params.to_dict()

        resources: dict[str, Any] | Unset = UNSET
        if not isinstance(self.resources, Unset):
            resources = self.resources.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "image": image,
                "command": command,
                "modes": modes,
            }
        )
        if inputs is not UNSET:
            field_dict["inputs"] = inputs
        if outputs is not UNSET:
            field_dict["outputs"] = outputs
        if params is not UNSET:
            field_dict["params"] = params
        if resources is not UNSET:
            field_dict["resources"] = resources

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.resources import Resources  # noqa: PLC0415
        from ..models.spec_inputs import SpecInputs  # noqa: PLC0415
        from ..models.spec_outputs import SpecOutputs  # noqa: PLC0415
        from ..models.spec_params import SpecParams  # noqa: PLC0415

        d = dict(src_dict)
        image = d.pop("image")

        command = cast(list[str], d.pop("command"))

        modes = []
        _modes = d.pop("modes")
        for modes_item_data in _modes:
            modes_item = check_spec_modes_item(modes_item_data)

            modes.append(modes_item)

        _inputs = d.pop("inputs", UNSET)
        inputs: SpecInputs | Unset
        if isinstance(_inputs, Unset):
            inputs = UNSET
        else:
            inputs = SpecInputs.from_dict(_inputs)

        _outputs = d.pop("outputs", UNSET)
        outputs: SpecOutputs | Unset
        if isinstance(_outputs, Unset):
            outputs = UNSET
        else:
            outputs = SpecOutputs.from_dict(_outputs)

        _params = d.pop("params", UNSET)
        params: SpecParams | Unset
        if isinstance(_params, Unset):
            params = UNSET
        else:
            params = SpecParams.from_dict(_params)

        _resources = d.pop("resources", UNSET)
        resources: Resources | Unset
        if isinstance(_resources, Unset):
            resources = UNSET
        else:
            resources = Resources.from_dict(_resources)

        spec = cls(
            image=image,
            command=command,
            modes=modes,
            inputs=inputs,
            outputs=outputs,
            params=params,
            resources=resources,
        )

        return spec
