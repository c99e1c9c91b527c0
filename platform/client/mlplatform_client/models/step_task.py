from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.step_task_state import StepTaskState, check_step_task_state

if TYPE_CHECKING:
    from ..models.reason import Reason
    from ..models.step_task_metrics import StepTaskMetrics


T = TypeVar("T", bound="StepTask")


@_attrs_define
class StepTask:
    """A task of a step."""

    id: None | str
    value: Any
    state: StepTaskState
    reason: None | Reason
    cached: bool
    metrics: StepTaskMetrics

    def to_dict(self) -> dict[str, Any]:
        from ..models.reason import Reason  # noqa: PLC0415

        id: None | str
        id = self.id

        value = self.value

        state: str = self.state

        reason: dict[str, Any] | None
        if isinstance(self.reason, Reason):
            reason = self.reason.to_dict()
        else:
            reason = self.reason

        cached = self.cached

        metrics = self.metrics.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "value": value,
                "state": state,
                "reason": reason,
                "cached": cached,
                "metrics": metrics,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.reason import Reason  # noqa: PLC0415
        from ..models.step_task_metrics import StepTaskMetrics  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        id = _parse_id(d.pop("id"))

        value = d.pop("value")

        state = check_step_task_state(d.pop("state"))

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

        cached = d.pop("cached")

        metrics = StepTaskMetrics.from_dict(d.pop("metrics"))

        step_task = cls(
            id=id,
            value=value,
            state=state,
            reason=reason,
            cached=cached,
            metrics=metrics,
        )

        return step_task
