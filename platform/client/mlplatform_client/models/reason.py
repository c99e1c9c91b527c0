from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.text import Text


T = TypeVar("T", bound="Reason")


@_attrs_define
class Reason:
    """Why something waits or failed, and what would change that."""

    code: str
    text: Text
    """ One message in both languages; `{name}` places are filled by `format`. """

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        text = self.text.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "text": text,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.text import Text  # noqa: PLC0415

        d = dict(src_dict)
        code = d.pop("code")

        text = Text.from_dict(d.pop("text"))

        reason = cls(
            code=code,
            text=text,
        )

        return reason
