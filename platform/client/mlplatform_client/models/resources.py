from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.gpu import Gpu


T = TypeVar("T", bound="Resources")


@_attrs_define
class Resources:
    """What each replica asks for. More than one replica is a gang: all of them start, or none."""

    cpu: float | Unset = 0.5
    memory: str | Unset = "512Mi"
    gpu: Gpu | Unset = UNSET
    """ GPUs of one replica. All replicas of a gang get the same model; an empty list of models means any. """
    replicas: int | Unset = 1

    def to_dict(self) -> dict[str, Any]:
        cpu = self.cpu

        memory = self.memory

        gpu: dict[str, Any] | Unset = UNSET
        if not isinstance(self.gpu, Unset):
            gpu = self.gpu.to_dict()

        replicas = self.replicas

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if cpu is not UNSET:
            field_dict["cpu"] = cpu
        if memory is not UNSET:
            field_dict["memory"] = memory
        if gpu is not UNSET:
            field_dict["gpu"] = gpu
        if replicas is not UNSET:
            field_dict["replicas"] = replicas

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.gpu import Gpu  # noqa: PLC0415

        d = dict(src_dict)
        cpu = d.pop("cpu", UNSET)

        memory = d.pop("memory", UNSET)

        _gpu = d.pop("gpu", UNSET)
        gpu: Gpu | Unset
        if isinstance(_gpu, Unset):
            gpu = UNSET
        else:
            gpu = Gpu.from_dict(_gpu)

        replicas = d.pop("replicas", UNSET)

        resources = cls(
            cpu=cpu,
            memory=memory,
            gpu=gpu,
            replicas=replicas,
        )

        return resources
