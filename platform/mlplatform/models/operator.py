"""An operator's description, `operator.yaml`: everything that is needed to run a container as a step. docs/operator-interface.md."""

from __future__ import annotations

from typing import Any, Literal

import jsonschema
from pydantic import Field, field_validator, model_validator

from mlplatform.models.base import Model, Name, Text
from mlplatform.models.metadata import ApiVersion, Metadata
from mlplatform.models.quantity import Memory

PortType = Literal["table", "model", "files"]
"""What travels over an input or output: a CSV table, a trained model, or any files."""


class Port(Model):
    type: PortType
    title: Text
    optional: bool = False
    format: str | None = None
    """Of a model: the format that is written or understood, such as `slipway-classifier/1`; any when left out."""
    registered_as: str | None = None
    """Of an input of type model: the parameter with the name under which it becomes a model's next version when the task succeeds."""

    @model_validator(mode="after")
    def _only_models_have_formats(self) -> Port:
        if self.format is not None and self.type != "model":
            raise ValueError("only a port of type model has a format")
        if self.registered_as is not None and self.type != "model":
            raise ValueError("only an input of type model can be registered")
        return self

    def refuses(self, source: Port) -> Text | None:
        """Why what `source` gives must not flow in here; None when it may.

        Types have to be the same, but for `files`, which takes anything. Formats have to be the same where both sides name one.
        """
        if self.type not in ("files", source.type):
            return Text(
                en="gives {given}, but {wanted} is needed here; connect a {wanted}",
                zh="来源的类型是 {given}，此处需要 {wanted}；请连接 {wanted} 类型",
            ).format(given=source.type, wanted=self.type)
        if self.format and source.format and self.format != source.format:
            return Text(
                en="gives a model of format {given}, but {wanted} is needed here; use operators of one format",
                zh="来源的模型格式是 {given}，此处需要 {wanted}；请使用格式相同的算子",
            ).format(given=source.format, wanted=self.format)
        return None


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
    """A name of the platform's own images (`trainer`), of an Image described in the same file, or a full reference."""
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

    @model_validator(mode="after")
    def _registered_under_a_parameter(self) -> Spec:
        for name, port in self.outputs.items():
            if port.registered_as is not None:
                raise ValueError(f"output {name}: only inputs can be registered")
        for name, port in self.inputs.items():
            if port.registered_as is not None and port.registered_as not in self.params.get("properties", {}):
                raise ValueError(
                    f"input {name}: there is no parameter {port.registered_as} to take the model's name from"
                )
        return self


class Operator(Model):
    """The whole file."""

    apiVersion: ApiVersion
    kind: Literal["Operator"]
    metadata: Metadata
    spec: Spec
