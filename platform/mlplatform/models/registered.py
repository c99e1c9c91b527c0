"""Operators as the API shows them: the system's own, and those that users registered."""

from __future__ import annotations

from datetime import datetime

from mlplatform.models.base import Model
from mlplatform.models.operator import Operator


class ImageView(Model):
    """The image that came with an operator."""

    digest: str
    """`sha256:…` of its manifest."""
    size: int
    """Bytes of manifest, configuration and layers."""


class RegisteredOperator(Model):
    """A version of an operator that a user registered."""

    id: str
    owner: str
    operator: Operator
    image: ImageView | None
    """Its own image, once that is there; none where it runs in one of the platform's."""
    ready: bool
    """It can be used: its image is there."""
    created_at: datetime
