"""A workflow's description: operators as steps, and what flows from one to the next."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from mlplatform.models.base import Model, Name
from mlplatform.models.metadata import ApiVersion, Metadata

MOST_VALUES = 100
"""Of a fan-out: each value is a task of its own."""


class Best(Model):
    """Which task of a fanned-out step is meant: the one that reported the best value of a metric."""

    metric: str = Field(min_length=1, max_length=100)
    order: Literal["highest", "lowest"]


class Source(Model):
    """Where a step's input comes from: exactly one of a data set, a model, or an output of another step."""

    dataset: Name | None = None
    model: Name | None = None
    step: Name | None = None
    output: Name | None = None
    best: Best | None = None
    """Of a step that runs once for each of several values."""

    @model_validator(mode="after")
    def _one_source(self) -> Source:
        if sum(x is not None for x in (self.dataset, self.model, self.step)) != 1:
            raise ValueError("name exactly one of dataset, model and step")
        if (self.step is None) != (self.output is None):
            raise ValueError("step and output go together")
        if self.best is not None and self.step is None:
            raise ValueError("best chooses among the tasks of a step")
        return self


class Condition(Model):
    """What a metric of an earlier step must be for a step to run: at least, at most, or between both."""

    step: Name
    metric: str = Field(min_length=1, max_length=100)
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _some_limit(self) -> Condition:
        if self.at_least is None and self.at_most is None:
            raise ValueError("name at_least, at_most or both")
        return self

    def holds(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


class Foreach(Model):
    """Run a step once for each value of one of its parameters."""

    param: str = Field(min_length=1, max_length=100)
    values: list[Any] = Field(min_length=1, max_length=MOST_VALUES)


class Step(Model):
    operator: Name
    params: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[Name, Source] = Field(default_factory=dict)
    when: Condition | None = None
    """It is skipped where this does not hold."""
    foreach: Foreach | None = None
    cache: bool | None = None
    """False: it runs also where a task that did the same has succeeded before."""

    @property
    def needs(self) -> set[str]:
        """The steps that have to end first."""
        before = {s.step for s in self.inputs.values() if s.step is not None}
        return before | ({self.when.step} if self.when else set())

    def items(self) -> list[dict[str, Any]]:
        """The parameters of each of its tasks."""
        if self.foreach is None:
            return [self.params]
        return [self.params | {self.foreach.param: value} for value in self.foreach.values]


class WorkflowSpec(Model):
    steps: dict[Name, Step] = Field(min_length=1)
    """By name, in the order in which people read them; what runs first follows from the connections."""


class Workflow(Model):
    """The whole document."""

    apiVersion: ApiVersion
    kind: Literal["Workflow"]
    metadata: Metadata
    spec: WorkflowSpec
