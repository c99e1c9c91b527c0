from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.members_request_members import MembersRequestMembers


T = TypeVar("T", bound="MembersRequest")


@_attrs_define
class MembersRequest:
    """All members of a tenant: who is left out is none any more."""

    members: MembersRequestMembers

    def to_dict(self) -> dict[str, Any]:
        members = self.members.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "members": members,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.members_request_members import MembersRequestMembers  # noqa: PLC0415

        d = dict(src_dict)
        members = MembersRequestMembers.from_dict(d.pop("members"))

        members_request = cls(
            members=members,
        )

        return members_request
