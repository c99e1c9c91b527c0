from typing import Literal

ListAuditOutcomeType0 = Literal["done", "failed", "refused"]

LIST_AUDIT_OUTCOME_TYPE_0_VALUES: set[ListAuditOutcomeType0] = {
    "done",
    "failed",
    "refused",
}


def check_list_audit_outcome_type_0(value: str) -> ListAuditOutcomeType0:
    if value in LIST_AUDIT_OUTCOME_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIST_AUDIT_OUTCOME_TYPE_0_VALUES!r}")
