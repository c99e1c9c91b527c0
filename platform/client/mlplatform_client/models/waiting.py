from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.freeing import Freeing


T = TypeVar("T", bound="Waiting")


@_attrs_define
class Waiting:
    """Why something waits."""

    rule: str
    position: int
    ahead: None | str
    frees: list[Freeing]
    expected: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        rule = self.rule

        position = self.position

        ahead: None | str
        ahead = self.ahead

        frees = []
        for frees_item_data in self.frees:
            frees_item = frees_item_data.to_dict()
            frees.append(frees_item)

        expected: None | str
        if isinstance(self.expected, datetime.datetime):
            expected = self.expected.isoformat()
        else:
            expected = self.expected

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "rule": rule,
                "position": position,
                "ahead": ahead,
                "frees": frees,
                "expected": expected,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.freeing import Freeing  # noqa: PLC0415

        d = dict(src_dict)
        rule = d.pop("rule")

        position = d.pop("position")

        def _parse_ahead(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        ahead = _parse_ahead(d.pop("ahead"))

        frees = []
        _frees = d.pop("frees")
        for frees_item_data in _frees:
            frees_item = Freeing.from_dict(frees_item_data)

            frees.append(frees_item)

        def _parse_expected(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expected_type_0 = datetime.datetime.fromisoformat(data)

                return expected_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        expected = _parse_expected(d.pop("expected"))

        waiting = cls(
            rule=rule,
            position=position,
            ahead=ahead,
            frees=frees,
            expected=expected,
        )

        return waiting
