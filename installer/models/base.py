"""What all models have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """A frozen record that can be saved as a file; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FileModel(Model):
    """A record that people write by hand: camelCase in the file, as in Kubernetes objects."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)
