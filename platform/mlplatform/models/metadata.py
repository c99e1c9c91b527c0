"""What every description begins with."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlplatform.models.base import Model, Name, Text

ApiVersion = Literal["slipway/v1"]


class Metadata(Model):
    name: Name
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$", max_length=40)
    """Semantic version of the description."""
    title: Text
    labels: dict[str, str] = Field(default_factory=dict)
    """For finding: the list of operators can be asked for those with a label."""
