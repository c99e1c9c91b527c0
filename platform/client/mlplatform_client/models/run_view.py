from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.run_view_state import RunViewState, check_run_view_state

if TYPE_CHECKING:
    from ..models.reason import Reason


T = TypeVar("T", bound="RunView")


@_attrs_define
class RunView:
    """A run as a list shows it."""

    id: str
    workflow: str
    version: int
    owner: str
    tenant: str
    priority: int
    cache: bool
    state: RunViewState
    reason: None | Reason
    paused: bool
    created_at: datetime.datetime
    finished_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.reason import Reason  # noqa: PLC0415

        id = self.id

        workflow = self.workflow

        version = self.version

        owner = self.owner

        tenant = self.tenant

        priority = self.priority

        cache = self.cache

        state: str = self.state

        reason: dict[str, Any] | None
        if isinstance(self.reason, Reason):
            reason = self.reason.to_dict()
        else:
            reason = self.reason

        paused = self.paused

        created_at = self.created_at.isoformat()

        finished_at: None | str
        if isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "workflow": workflow,
                "version": version,
                "owner": owner,
                "tenant": tenant,
                "priority": priority,
                "cache": cache,
                "state": state,
                "reason": reason,
                "paused": paused,
                "created_at": created_at,
                "finished_at": finished_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.reason import Reason  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        workflow = d.pop("workflow")

        version = d.pop("version")

        owner = d.pop("owner")

        tenant = d.pop("tenant")

        priority = d.pop("priority")

        cache = d.pop("cache")

        state = check_run_view_state(d.pop("state"))

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

        paused = d.pop("paused")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_finished_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finished_at_type_0 = datetime.datetime.fromisoformat(data)

                return finished_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        finished_at = _parse_finished_at(d.pop("finished_at"))

        run_view = cls(
            id=id,
            workflow=workflow,
            version=version,
            owner=owner,
            tenant=tenant,
            priority=priority,
            cache=cache,
            state=state,
            reason=reason,
            paused=paused,
            created_at=created_at,
            finished_at=finished_at,
        )

        return run_view
