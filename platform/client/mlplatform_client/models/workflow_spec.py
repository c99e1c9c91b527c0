from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.workflow_spec_steps import WorkflowSpecSteps


T = TypeVar("T", bound="WorkflowSpec")


@_attrs_define
class WorkflowSpec:
    steps: WorkflowSpecSteps

    def to_dict(self) -> dict[str, Any]:
        steps = self.steps.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "steps": steps,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.workflow_spec_steps import WorkflowSpecSteps  # noqa: PLC0415

        d = dict(src_dict)
        steps = WorkflowSpecSteps.from_dict(d.pop("steps"))

        workflow_spec = cls(
            steps=steps,
        )

        return workflow_spec
