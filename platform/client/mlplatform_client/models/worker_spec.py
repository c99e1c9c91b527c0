from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.resources import Resources
    from ..models.worker_spec_inputs import WorkerSpecInputs
    from ..models.worker_spec_outputs import WorkerSpecOutputs
    from ..models.worker_spec_params import WorkerSpecParams


T = TypeVar("T", bound="WorkerSpec")


@_attrs_define
class WorkerSpec:
    """What the runner needs to know."""

    kind: str
    id: str
    name: str
    command: list[str]
    params: WorkerSpecParams
    inputs: WorkerSpecInputs
    outputs: WorkerSpecOutputs
    registers: list[str]
    resources: Resources
    """ What each replica asks for. More than one replica is a gang: all of them start, or none. """
    checkpoint: bool
    log_limit: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        id = self.id

        name = self.name

        command = self.command

        params = self.params.to_dict()

        inputs = self.inputs.to_dict()

        outputs = self.outputs.to_dict()

        registers = self.registers

        resources = self.resources.to_dict()

        checkpoint = self.checkpoint

        log_limit = self.log_limit

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "id": id,
                "name": name,
                "command": command,
                "params": params,
                "inputs": inputs,
                "outputs": outputs,
                "registers": registers,
                "resources": resources,
                "checkpoint": checkpoint,
                "log_limit": log_limit,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.resources import Resources  # noqa: PLC0415
        from ..models.worker_spec_inputs import WorkerSpecInputs  # noqa: PLC0415
        from ..models.worker_spec_outputs import WorkerSpecOutputs  # noqa: PLC0415
        from ..models.worker_spec_params import WorkerSpecParams  # noqa: PLC0415

        d = dict(src_dict)
        kind = d.pop("kind")

        id = d.pop("id")

        name = d.pop("name")

        command = cast(list[str], d.pop("command"))

        params = WorkerSpecParams.from_dict(d.pop("params"))

        inputs = WorkerSpecInputs.from_dict(d.pop("inputs"))

        outputs = WorkerSpecOutputs.from_dict(d.pop("outputs"))

        registers = cast(list[str], d.pop("registers"))

        resources = Resources.from_dict(d.pop("resources"))

        checkpoint = d.pop("checkpoint")

        log_limit = d.pop("log_limit")

        worker_spec = cls(
            kind=kind,
            id=id,
            name=name,
            command=command,
            params=params,
            inputs=inputs,
            outputs=outputs,
            registers=registers,
            resources=resources,
            checkpoint=checkpoint,
            log_limit=log_limit,
        )

        worker_spec.additional_properties = d
        return worker_spec

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
