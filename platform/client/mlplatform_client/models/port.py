from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.port_type import PortType, check_port_type
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.text import Text


T = TypeVar("T", bound="Port")


@_attrs_define
class Port:
    type_: PortType
    title: Text
    """ One message in both languages; `{name}` places are filled by `format`. """
    optional: bool | Unset = False
    format_: None | str | Unset = UNSET
    registered_as: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        type_: str = self.type_

        title = self.title.to_dict()

        optional = self.optional

        format_: None | str | Unset
        if isinstance(self.format_, Unset):
            format_ = UNSET
        else:
            format_ = self.format_

        registered_as: None | str | Unset
        if isinstance(self.registered_as, Unset):
            registered_as = UNSET
        else:
            registered_as = self.registered_as

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "title": title,
            }
        )
        if optional is not UNSET:
            field_dict["optional"] = optional
        if format_ is not UNSET:
            field_dict["format"] = format_
        if registered_as is not UNSET:
            field_dict["registered_as"] = registered_as

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.text import Text  # noqa: PLC0415

        d = dict(src_dict)
        type_ = check_port_type(d.pop("type"))

        title = Text.from_dict(d.pop("title"))

        optional = d.pop("optional", UNSET)

        def _parse_format_(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        format_ = _parse_format_(d.pop("format", UNSET))

        def _parse_registered_as(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        registered_as = _parse_registered_as(d.pop("registered_as", UNSET))

        port = cls(
            type_=type_,
            title=title,
            optional=optional,
            format_=format_,
            registered_as=registered_as,
        )

        return port
