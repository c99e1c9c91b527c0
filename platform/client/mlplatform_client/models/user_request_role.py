from typing import Literal

UserRequestRole = Literal["admin", "user"]

USER_REQUEST_ROLE_VALUES: set[UserRequestRole] = {
    "admin",
    "user",
}


def check_user_request_role(value: str) -> UserRequestRole:
    if value in USER_REQUEST_ROLE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {USER_REQUEST_ROLE_VALUES!r}")
