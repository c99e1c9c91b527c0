from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.step_view_state import StepViewState, check_step_view_state

if TYPE_CHECKING:
    from ..models.reason import Reason
    from ..models.step_task import StepTask


T = TypeVar("T", bound="StepView")


@_attrs_define
class StepView:
    operator: str
    state: StepViewState
    reason: None | Reason
    tasks: list[StepTask]

    def to_dict(self) -> dict[str, Any]:
        from ..models.reason import Reason  # noqa: PLC0415

        operator = self.operator

        state: str = self.state

        reason: dict[str, Any] | None
        if isinstance(self.reason, Reason):
            reason = self.reason.to_dict()
        else:
            reason = self.reason

        tasks = []
        for tasks_item_data in self.tasks:
            tasks_item = tasks_item_data.to_dict()
            tasks.append(tasks_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "operator": operator,
                "state": state,
                "reason": reason,
                "tasks": tasks,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.reason import Reason  # noqa: PLC0415
        from ..models.step_task import StepTask  # noqa: PLC0415

        d = dict(src_dict)
        operator = d.pop("operator")

        state = check_step_view_state(d.pop("state"))

        def _parse_reason(data: object) -> None | Reason:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                reason_type_0 = Reason.from_dict(data)

                return reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Reason, data)

        reason = _parse_reason(d.pop("reason"))

        tasks = []
        _tasks = d.pop("tasks")
        for tasks_item_data in _tasks:
            tasks_item = StepTask.from_dict(tasks_item_data)

            tasks.append(tasks_item)

        step_view = cls(
            operator=operator,
            state=state,
            reason=reason,
            tasks=tasks,
        )

        return step_view
