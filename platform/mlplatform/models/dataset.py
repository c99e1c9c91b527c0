"""A data set's description: a file, and for a table the columns that it must have."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mlplatform.models.base import Model
from mlplatform.models.metadata import ApiVersion, Metadata

ColumnType = Literal["integer", "number", "boolean", "text"]


class Column(Model):
    name: str = Field(min_length=1, max_length=200)
    type: ColumnType
    """`number` takes integers too, and `text` takes anything."""


class DatasetSpec(Model):
    type: Literal["table", "files"]
    """What a workflow may connect it to."""
    file: str = Field(min_length=1, max_length=500)
    """The data, relative to the description's folder."""
    columns: list[Column] = Field(default_factory=list)
    """Of a table, in order; any when left out."""

    @model_validator(mode="after")
    def _only_tables_have_columns(self) -> DatasetSpec:
        if self.columns and self.type != "table":
            raise ValueError("only a data set of type table has columns")
        names = [c.name for c in self.columns]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"columns named twice: {', '.join(twice)}")
        return self


class Dataset(Model):
    """The whole document."""

    apiVersion: ApiVersion
    kind: Literal["Dataset"]
    metadata: Metadata
    spec: DatasetSpec
