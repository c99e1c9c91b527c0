from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.schedule_spec import ScheduleSpec


T = TypeVar("T", bound="ScheduleView")


@_attrs_define
class ScheduleView:
    """A schedule as the API shows it."""

    name: str
    owner: str
    spec: ScheduleSpec
    paused: bool
    last: datetime.datetime | None
    next_: datetime.datetime | None
    created_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        owner = self.owner

        spec = self.spec.to_dict()

        paused = self.paused

        last: None | str
        if isinstance(self.last, datetime.datetime):
            last = self.last.isoformat()
        else:
            last = self.last

        next_: None | str
        if isinstance(self.next_, datetime.datetime):
            next_ = self.next_.isoformat()
        else:
            next_ = self.next_

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "owner": owner,
                "spec": spec,
                "paused": paused,
                "last": last,
                "next": next_,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.schedule_spec import ScheduleSpec  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        owner = d.pop("owner")

        spec = ScheduleSpec.from_dict(d.pop("spec"))

        paused = d.pop("paused")

        def _parse_last(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_type_0 = datetime.datetime.fromisoformat(data)

                return last_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last = _parse_last(d.pop("last"))

        def _parse_next_(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                next_type_0 = datetime.datetime.fromisoformat(data)

                return next_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        next_ = _parse_next_(d.pop("next"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        schedule_view = cls(
            name=name,
            owner=owner,
            spec=spec,
            paused=paused,
            last=last,
            next_=next_,
            created_at=created_at,
        )

        return schedule_view
