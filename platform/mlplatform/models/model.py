"""A model's description: its files and their format."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlplatform.models.base import Model
from mlplatform.models.metadata import ApiVersion, Metadata


class TrainedModelSpec(Model):
    format: str = Field(min_length=1, max_length=100)
    """As operators name it at their ports: `slipway-classifier/1`."""
    files: list[str] = Field(min_length=1)
    """The parts, relative to the description's folder."""


class TrainedModel(Model):
    """The whole document. (`Model` is what all of this package's classes derive from.)"""

    apiVersion: ApiVersion
    kind: Literal["Model"]
    metadata: Metadata
    spec: TrainedModelSpec
