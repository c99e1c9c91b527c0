from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.text import Text
    from ..models.waiting import Waiting


T = TypeVar("T", bound="Outcome")


@_attrs_define
class Outcome:
    """What the scheduler decides about something that waits."""

    starts: bool
    placement: list[str]
    waiting: None | Waiting
    text: Text
    """ One message in both languages; `{name}` places are filled by `format`. """

    def to_dict(self) -> dict[str, Any]:
        from ..models.waiting import Waiting  # noqa: PLC0415

        starts = self.starts

        placement = self.placement

        waiting: dict[str, Any] | None
        if isinstance(self.waiting, Waiting):
            waiting = self.waiting.to_dict()
        else:
            waiting = self.waiting

        text = self.text.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "starts": starts,
                "placement": placement,
                "waiting": waiting,
                "text": text,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.text import Text  # noqa: PLC0415
        from ..models.waiting import Waiting  # noqa: PLC0415

        d = dict(src_dict)
        starts = d.pop("starts")

        placement = cast(list[str], d.pop("placement"))

        def _parse_waiting(data: object) -> None | Waiting:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                waiting_type_0 = Waiting.from_dict(data)

                return waiting_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Waiting, data)

        waiting = _parse_waiting(d.pop("waiting"))

        text = Text.from_dict(d.pop("text"))

        outcome = cls(
            starts=starts,
            placement=placement,
            waiting=waiting,
            text=text,
        )

        return outcome
