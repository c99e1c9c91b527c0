from typing import Literal

MembersRequestMembersAdditionalProperty = Literal["admin", "editor", "viewer"]

MEMBERS_REQUEST_MEMBERS_ADDITIONAL_PROPERTY_VALUES: set[MembersRequestMembersAdditionalProperty] = {
    "admin",
    "editor",
    "viewer",
}


def check_members_request_members_additional_property(value: str) -> MembersRequestMembersAdditionalProperty:
    if value in MEMBERS_REQUEST_MEMBERS_ADDITIONAL_PROPERTY_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {MEMBERS_REQUEST_MEMBERS_ADDITIONAL_PROPERTY_VALUES!r}"
    )
