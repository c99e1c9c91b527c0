from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.entry_view_state import EntryViewState, check_entry_view_state

if TYPE_CHECKING:
    from ..models.reason import Reason


T = TypeVar("T", bound="EntryView")


@_attrs_define
class EntryView:
    """What became of one time of a schedule."""

    due: datetime.datetime
    state: EntryViewState
    reason: None | Reason
    run: None | str
    task: None | str
    created_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        from ..models.reason import Reason  # noqa: PLC0415

        due = self.due.isoformat()

        state: str = self.state

        reason: dict[str, Any] | None
        if isinstance(self.reason, Reason):
            reason = self.reason.to_dict()
        else:
            reason = self.reason

        run: None | str
        run = self.run

        task: None | str
        task = self.task

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "due": due,
                "state": state,
                "reason": reason,
                "run": run,
                "task": task,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.reason import Reason  # noqa: PLC0415

        d = dict(src_dict)
        due = datetime.datetime.fromisoformat(d.pop("due"))

        state = check_entry_view_state(d.pop("state"))

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

        def _parse_run(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        run = _parse_run(d.pop("run"))

        def _parse_task(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        task = _parse_task(d.pop("task"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        entry_view = cls(
            due=due,
            state=state,
            reason=reason,
            run=run,
            task=task,
            created_at=created_at,
        )

        return entry_view
