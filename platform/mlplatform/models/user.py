"""People who sign in by name and password."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from mlplatform.models.base import Model

UserName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$")]
Secret = Annotated[SecretStr, Field(max_length=1000)]
"""Shown by nothing that prints the request."""


class UserRequest(Model):
    name: UserName
    role: Literal["user", "admin"] = "user"
    """Of the platform."""


class UserView(Model):
    name: str
    role: str
    disabled: bool
    has_password: bool
    created_at: datetime


class Invitation(Model):
    """What an administrator gives to a user, once."""

    name: str
    token: str
    """Good for setting a password, once."""
    expires_at: datetime


class PasswordSetting(Model):
    name: UserName
    token: Secret
    password: Secret


class PasswordChange(Model):
    old: Secret
    new: Secret


class Disabling(Model):
    disabled: bool


class Login(Model):
    name: UserName
    password: Secret


class RefreshRequest(Model):
    refresh_token: Secret


class Tokens(Model):
    """Named as in RFC 6749, section 5.1."""

    token_type: Literal["Bearer"] = "Bearer"
    access_token: str
    expires_in: int
    """Seconds."""
    refresh_token: str
    """Good once."""
