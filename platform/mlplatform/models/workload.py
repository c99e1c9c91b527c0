"""What runs: tasks and services, as they are submitted, stored and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, model_validator

from mlplatform.models.base import Model, Name, Text
from mlplatform.models.operator import Gpu, PortType, Resources
from mlplatform.models.quantity import Memory
from mlplatform.models.statistics import TableStatistics

TaskState = Literal["queued", "starting", "running", "succeeded", "failed", "cancelling", "cancelled"]
ServiceState = Literal["queued", "starting", "ready", "failed", "stopping", "stopped"]
Priority = int


class Reason(Model):
    """Why something waits or failed, and what would change that."""

    code: str
    text: Text


class InputRef(Model):
    """Where an input comes from: exactly one of a data set, a model, or another task's output."""

    dataset: Name | None = None
    model: Name | None = None
    task: str | None = None
    output: Name | None = None
    version: int | None = Field(default=None, ge=1)
    """Of the data set or model; the newest when left out."""

    @model_validator(mode="after")
    def _one_source(self) -> InputRef:
        if sum(x is not None for x in (self.dataset, self.model, self.task)) != 1:
            raise ValueError("name exactly one of dataset, model and task")
        if (self.task is None) != (self.output is None):
            raise ValueError("task and output go together")
        return self


class ResourceRequest(Model):
    """What the submitter wants other than the operator's own figures."""

    cpu: float | None = Field(default=None, gt=0, le=1024)
    memory: Memory | None = None
    gpu: Gpu | None = None
    replicas: int | None = Field(default=None, ge=1, le=1024)

    def over(self, base: Resources) -> Resources:
        """The operator's resources with the wishes in place."""
        return base.model_copy(update={k: v for k, v in dict(self).items() if v is not None})


class TaskRequest(Model):
    """Run an operator once."""

    operator: Name
    name: str = Field(default="", max_length=200)
    params: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[Name, InputRef] = Field(default_factory=dict)
    resources: ResourceRequest = Field(default_factory=ResourceRequest)
    priority: Priority = Field(default=0, ge=-100, le=100)


class ServiceRequest(Model):
    """Publish a model as a service."""

    name: Name
    model: Name
    version: int | None = Field(default=None, ge=1)
    operator: Name = "serve-model"
    params: dict[str, Any] = Field(default_factory=dict)
    resources: ResourceRequest = Field(default_factory=ResourceRequest)
    priority: Priority = Field(default=0, ge=-100, le=100)


class WorkloadSpec(Model):
    """Everything an executor and the runner need, resolved when the work was submitted: later changes of an operator do not reach it."""

    image: str
    command: list[str]
    params: dict[str, Any]
    inputs: dict[str, str]
    """Artifact ids by input name."""
    outputs: dict[str, PortType]
    resources: Resources


class TaskView(Model):
    """A task as the API shows it."""

    id: str
    name: str
    owner: str
    operator: str
    operator_version: str
    params: dict[str, Any]
    inputs: dict[str, str]
    outputs: dict[str, str]
    """Artifact ids by output name, as far as they are uploaded."""
    resources: Resources
    priority: Priority
    state: TaskState
    reason: Reason | None
    """Why it waits or failed."""
    placement: list[str]
    """The node that each replica was counted on."""
    metrics: dict[str, float]
    """The last value reported of each metric."""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ServiceView(Model):
    """A service as the API shows it."""

    id: str
    name: str
    owner: str
    operator: str
    model: str
    version: int
    resources: Resources
    priority: Priority
    state: ServiceState
    reason: Reason | None
    placement: list[str]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class FileView(Model):
    path: str
    size: int
    """Bytes."""
    digest: str


class ArtifactView(Model):
    """A version of a data set or model, or a task's output."""

    id: str
    kind: Literal["dataset", "model", "output"]
    name: str
    version: int
    owner: str
    task: str | None
    """The task that made it."""
    metrics: dict[str, float]
    size: int
    """Bytes of all files."""
    files: list[FileView]
    created_at: datetime


class ArtifactDetail(ArtifactView):
    """An artifact with what was found in its tables."""

    tables: dict[str, TableStatistics]
    """By path; tables that could not be read are not among them."""


class QueueItem(Model):
    """Something that waits: where it stands in its queue, and why it does not run yet."""

    queue: Literal["task", "service"]
    position: int
    id: str
    name: str
    owner: str
    priority: Priority
    since: datetime
    reason: Reason | None
    """None until the scheduler has looked at it."""
