from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.audit_view_outcome import AuditViewOutcome, check_audit_view_outcome

T = TypeVar("T", bound="AuditView")


@_attrs_define
class AuditView:
    """One change, or one that was tried."""

    id: str
    at: datetime.datetime
    subject: str
    address: str
    request_id: str
    action: str
    what: str
    outcome: AuditViewOutcome
    code: str

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        at = self.at.isoformat()

        subject = self.subject

        address = self.address

        request_id = self.request_id

        action = self.action

        what = self.what

        outcome: str = self.outcome

        code = self.code

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "at": at,
                "subject": subject,
                "address": address,
                "request_id": request_id,
                "action": action,
                "what": what,
                "outcome": outcome,
                "code": code,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        subject = d.pop("subject")

        address = d.pop("address")

        request_id = d.pop("request_id")

        action = d.pop("action")

        what = d.pop("what")

        outcome = check_audit_view_outcome(d.pop("outcome"))

        code = d.pop("code")

        audit_view = cls(
            id=id,
            at=at,
            subject=subject,
            address=address,
            request_id=request_id,
            action=action,
            what=what,
            outcome=outcome,
            code=code,
        )

        return audit_view
