from typing import Literal

TenantRequestMembersAdditionalProperty = Literal["admin", "editor", "viewer"]

TENANT_REQUEST_MEMBERS_ADDITIONAL_PROPERTY_VALUES: set[TenantRequestMembersAdditionalProperty] = {
    "admin",
    "editor",
    "viewer",
}


def check_tenant_request_members_additional_property(value: str) -> TenantRequestMembersAdditionalProperty:
    if value in TENANT_REQUEST_MEMBERS_ADDITIONAL_PROPERTY_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {TENANT_REQUEST_MEMBERS_ADDITIONAL_PROPERTY_VALUES!r}"
    )
