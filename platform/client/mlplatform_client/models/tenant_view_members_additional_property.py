from typing import Literal

TenantViewMembersAdditionalProperty = Literal["admin", "editor", "viewer"]

TENANT_VIEW_MEMBERS_ADDITIONAL_PROPERTY_VALUES: set[TenantViewMembersAdditionalProperty] = {
    "admin",
    "editor",
    "viewer",
}


def check_tenant_view_members_additional_property(value: str) -> TenantViewMembersAdditionalProperty:
    if value in TENANT_VIEW_MEMBERS_ADDITIONAL_PROPERTY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TENANT_VIEW_MEMBERS_ADDITIONAL_PROPERTY_VALUES!r}")
