from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="PasswordSetting")


@_attrs_define
class PasswordSetting:
    name: str
    token: str
    password: str

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        token = self.token

        password = self.password

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "token": token,
                "password": password,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        token = d.pop("token")

        password = d.pop("password")

        password_setting = cls(
            name=name,
            token=token,
            password=password,
        )

        return password_setting
