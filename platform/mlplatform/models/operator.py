"""An operator's description, `operator.yaml`: everything that is needed to run a container as a step. docs/operator-interface.md."""

from __future__ import annotations

from typing import Any, Literal

import jsonschema
from pydantic import Field, field_validator

from mlplatform.models.base import Model, Name, Text
from mlplatform.models.quantity import Memory

PortType = Literal["table", "model", "files"]
"""What travels over an input or output: a CSV table, a trained model, or any files."""


class Metadata(Model):
    name: Name
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    title: Text
    labels: dict[str, str] = Field(default_factory=dict)


class Port(Model):
    type: PortType
    title: Text
    optional: bool = False


class Gpu(Model):
    """GPUs of one replica. All replicas of a gang get the same model; an empty list of models means any."""

    count: int = Field(default=0, ge=0, le=16)
    models: list[str] = Field(default_factory=list)


class Resources(Model):
    """What each replica asks for. More than one replica is a gang: all of them start, or none."""

    cpu: float = Field(default=0.5, gt=0, le=1024)
    """Cores."""
    memory: Memory = "512Mi"
    gpu: Gpu = Field(default_factory=Gpu)
    replicas: int = Field(default=1, ge=1, le=1024)


class Spec(Model):
    image: str = Field(min_length=1)
    """A name of the platform's own images (`trainer`), or a full reference."""
    command: list[str] = Field(min_length=1)
    """`${OPERATORS}` stands for the folder of the system operators, wherever the platform runs."""
    inputs: dict[Name, Port] = Field(default_factory=dict)
    outputs: dict[Name, Port] = Field(default_factory=dict)
    params: dict[str, Any] = Field(default_factory=lambda: {"type": "object", "additionalProperties": False})
    """JSON Schema (2020-12) of the parameters; the form is made from it."""
    resources: Resources = Field(default_factory=Resources)
    modes: list[Literal["train", "serve"]] = Field(min_length=1)

    @field_validator("params")
    @classmethod
    def _is_schema(cls, value: dict[str, Any]) -> dict[str, Any]:
        try:
            jsonschema.Draft202012Validator.check_schema(value)
        except jsonschema.SchemaError as error:
            raise ValueError(f"not a JSON Schema: {error.message}") from error
        if value.get("type") != "object":
            raise ValueError("parameters are an object: type: object")
        return value


class Operator(Model):
    """The whole file."""

    apiVersion: Literal["slipway/v1"]
    kind: Literal["Operator"]
    metadata: Metadata
    spec: Spec
