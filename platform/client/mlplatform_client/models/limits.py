from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Limits")


@_attrs_define
class Limits:
    """Amounts of each resource; one that is left out is unlimited."""

    cpu: float | None | Unset = UNSET
    memory: Literal["0"] | None | str | Unset = UNSET
    gpu: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        cpu: float | None | Unset
        if isinstance(self.cpu, Unset):
            cpu = UNSET
        else:
            cpu = self.cpu

        memory: Literal["0"] | None | str | Unset
        if isinstance(self.memory, Unset):
            memory = UNSET
        else:
            memory = self.memory

        gpu: int | None | Unset
        if isinstance(self.gpu, Unset):
            gpu = UNSET
        else:
            gpu = self.gpu

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if cpu is not UNSET:
            field_dict["cpu"] = cpu
        if memory is not UNSET:
            field_dict["memory"] = memory
        if gpu is not UNSET:
            field_dict["gpu"] = gpu

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_cpu(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        cpu = _parse_cpu(d.pop("cpu", UNSET))

        def _parse_memory(data: object) -> Literal["0"] | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            memory_type_1 = cast(Literal["0"], data)
            if memory_type_1 != "0":
                raise ValueError(f"memory_type_1 must match const '0', got '{memory_type_1}'")
            return memory_type_1
            return cast(Literal["0"] | None | str | Unset, data)

        memory = _parse_memory(d.pop("memory", UNSET))

        def _parse_gpu(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        gpu = _parse_gpu(d.pop("gpu", UNSET))

        limits = cls(
            cpu=cpu,
            memory=memory,
            gpu=gpu,
        )

        return limits
