from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.limits import Limits
    from ..models.tenant_view_members import TenantViewMembers


T = TypeVar("T", bound="TenantView")


@_attrs_define
class TenantView:
    """A tenant as the API shows it."""

    name: str
    used: Limits
    """ Amounts of each resource; one that is left out is unlimited. """
    quota: Limits | Unset = UNSET
    """ Amounts of each resource; one that is left out is unlimited. """
    borrowing: Limits | Unset = UNSET
    """ Amounts of each resource; one that is left out is unlimited. """
    cohort: None | str | Unset = UNSET
    weight: float | Unset = 1.0
    max_priority: int | Unset = 100
    members: TenantViewMembers | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        used = self.used.to_dict()

        quota: dict[str, Any] | Unset = UNSET
        if not isinstance(self.quota, Unset):
            quota = self.quota.to_dict()

        borrowing: dict[str, Any] | Unset = UNSET
        if not isinstance(self.borrowing, Unset):
            borrowing = self.borrowing.to_dict()

        cohort: None | str | Unset
        if isinstance(self.cohort, Unset):
            cohort = UNSET
        else:
            cohort = self.cohort

        weight = self.weight

        max_priority = self.max_priority

        members: dict[str, Any] | Unset = UNSET
        if not isinstance(self.members, Unset):
            members = self.members.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "used": used,
            }
        )
        if quota is not UNSET:
            field_dict["quota"] = quota
        if borrowing is not UNSET:
            field_dict["borrowing"] = borrowing
        if cohort is not UNSET:
            field_dict["cohort"] = cohort
        if weight is not UNSET:
            field_dict["weight"] = weight
        if max_priority is not UNSET:
            field_dict["max_priority"] = max_priority
        if members is not UNSET:
            field_dict["members"] = members

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.limits import Limits  # noqa: PLC0415
        from ..models.tenant_view_members import TenantViewMembers  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        used = Limits.from_dict(d.pop("used"))

        _quota = d.pop("quota", UNSET)
        quota: Limits | Unset
        if isinstance(_quota, Unset):
            quota = UNSET
        else:
            quota = Limits.from_dict(_quota)

        _borrowing = d.pop("borrowing", UNSET)
        borrowing: Limits | Unset
        if isinstance(_borrowing, Unset):
            borrowing = UNSET
        else:
            borrowing = Limits.from_dict(_borrowing)

        def _parse_cohort(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        cohort = _parse_cohort(d.pop("cohort", UNSET))

        weight = d.pop("weight", UNSET)

        max_priority = d.pop("max_priority", UNSET)

        _members = d.pop("members", UNSET)
        members: TenantViewMembers | Unset
        if isinstance(_members, Unset):
            members = UNSET
        else:
            members = TenantViewMembers.from_dict(_members)

        tenant_view = cls(
            name=name,
            used=used,
            quota=quota,
            borrowing=borrowing,
            cohort=cohort,
            weight=weight,
            max_priority=max_priority,
            members=members,
        )

        return tenant_view
