from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.explain_view_state import ExplainViewState, check_explain_view_state

if TYPE_CHECKING:
    from ..models.outcome import Outcome
    from ..models.reason import Reason


T = TypeVar("T", bound="ExplainView")


@_attrs_define
class ExplainView:
    """Where a task stands, and why."""

    id: str
    state: ExplainViewState
    reason: None | Reason
    outcome: None | Outcome

    def to_dict(self) -> dict[str, Any]:
        from ..models.outcome import Outcome  # noqa: PLC0415
        from ..models.reason import Reason  # noqa: PLC0415

        id = self.id

        state: str = self.state

        reason: dict[str, Any] | None
        if isinstance(self.reason, Reason):
            reason = self.reason.to_dict()
        else:
            reason = self.reason

        outcome: dict[str, Any] | None
        if isinstance(self.outcome, Outcome):
            outcome = self.outcome.to_dict()
        else:
            outcome = self.outcome

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "state": state,
                "reason": reason,
                "outcome": outcome,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.outcome import Outcome  # noqa: PLC0415
        from ..models.reason import Reason  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        state = check_explain_view_state(d.pop("state"))

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

        def _parse_outcome(data: object) -> None | Outcome:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                outcome_type_0 = Outcome.from_dict(data)

                return outcome_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Outcome, data)

        outcome = _parse_outcome(d.pop("outcome"))

        explain_view = cls(
            id=id,
            state=state,
            reason=reason,
            outcome=outcome,
        )

        return explain_view
