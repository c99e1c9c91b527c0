from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.outcome import Outcome


T = TypeVar("T", bound="WhatIfView")


@_attrs_define
class WhatIfView:
    """What is decided about a task as it is, and what would be as asked."""

    now: Outcome
    """ What the scheduler decides about something that waits. """
    then: Outcome
    """ What the scheduler decides about something that waits. """

    def to_dict(self) -> dict[str, Any]:
        now = self.now.to_dict()

        then = self.then.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "now": now,
                "then": then,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.outcome import Outcome  # noqa: PLC0415

        d = dict(src_dict)
        now = Outcome.from_dict(d.pop("now"))

        then = Outcome.from_dict(d.pop("then"))

        what_if_view = cls(
            now=now,
            then=then,
        )

        return what_if_view
