"""A service's description: a model, and the operator that serves it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from mlplatform.models.base import Model, Name
from mlplatform.models.metadata import ApiVersion, Metadata


class ServiceSpec(Model):
    model: Name
    operator: Name = "serve-model"
    params: dict[str, Any] = Field(default_factory=dict)
    """Of the operator."""


class Service(Model):
    """The whole document."""

    apiVersion: ApiVersion
    kind: Literal["Service"]
    metadata: Metadata
    spec: ServiceSpec
