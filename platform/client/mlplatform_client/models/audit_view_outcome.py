from typing import Literal

AuditViewOutcome = Literal["done", "failed", "refused"]

AUDIT_VIEW_OUTCOME_VALUES: set[AuditViewOutcome] = {
    "done",
    "failed",
    "refused",
}


def check_audit_view_outcome(value: str) -> AuditViewOutcome:
    if value in AUDIT_VIEW_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {AUDIT_VIEW_OUTCOME_VALUES!r}")
