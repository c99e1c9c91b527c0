"""An image's description: a short name for a full reference, which the operators of the same file use."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlplatform.models.base import Model
from mlplatform.models.metadata import ApiVersion, Metadata

REFERENCE = r"^[a-z0-9]([a-z0-9._:-]*[a-z0-9])?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$"
"""`registry/path:tag@digest`, after the OCI distribution specification: the registry and a path, then a tag, a digest, or both."""


class ImageSpec(Model):
    reference: str = Field(pattern=REFERENCE, max_length=500)
    """What nodes pull or have: `registry/path:tag`, best with `@sha256:…`."""


class Image(Model):
    """The whole document."""

    apiVersion: ApiVersion
    kind: Literal["Image"]
    metadata: Metadata
    spec: ImageSpec
