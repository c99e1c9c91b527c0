"""A workflow's description: operators as steps, and what flows from one to the next."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from mlplatform.models.base import Model, Name
from mlplatform.models.metadata import ApiVersion, Metadata


class Source(Model):
    """Where a step's input comes from: exactly one of a data set, a model, or an output of another step."""

    dataset: Name | None = None
    model: Name | None = None
    step: Name | None = None
    output: Name | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Source:
        if sum(x is not None for x in (self.dataset, self.model, self.step)) != 1:
            raise ValueError("name exactly one of dataset, model and step")
        if (self.step is None) != (self.output is None):
            raise ValueError("step and output go together")
        return self


class Step(Model):
    operator: Name
    params: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[Name, Source] = Field(default_factory=dict)


class WorkflowSpec(Model):
    steps: dict[Name, Step] = Field(min_length=1)
    """By name, in the order in which people read them; what runs first follows from the connections."""


class Workflow(Model):
    """The whole document."""

    apiVersion: ApiVersion
    kind: Literal["Workflow"]
    metadata: Metadata
    spec: WorkflowSpec
