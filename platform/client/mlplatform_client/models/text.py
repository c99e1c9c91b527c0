from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Text")


@_attrs_define
class Text:
    """One message in both languages; `{name}` places are filled by `format`."""

    en: str
    zh: str

    def to_dict(self) -> dict[str, Any]:
        en = self.en

        zh = self.zh

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "en": en,
                "zh": zh,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        en = d.pop("en")

        zh = d.pop("zh")

        text = cls(
            en=en,
            zh=zh,
        )

        return text
