from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="UserView")


@_attrs_define
class UserView:
    name: str
    role: str
    disabled: bool
    has_password: bool
    created_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        role = self.role

        disabled = self.disabled

        has_password = self.has_password

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "role": role,
                "disabled": disabled,
                "has_password": has_password,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        role = d.pop("role")

        disabled = d.pop("disabled")

        has_password = d.pop("has_password")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        user_view = cls(
            name=name,
            role=role,
            disabled=disabled,
            has_password=has_password,
            created_at=created_at,
        )

        return user_view
