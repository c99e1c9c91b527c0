"""What runs: tasks and services, as they are submitted, stored and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, model_validator

from mlplatform.models.base import Model, Name, Text
from mlplatform.models.numbers import INT32, UtcMoment, Version
from mlplatform.models.operator import Gpu, PortType, Resources
from mlplatform.models.quantity import Memory
from mlplatform.models.statistics import TableStatistics

TaskState = Literal["queued", "starting", "running", "succeeded", "failed", "cancelling", "cancelled", "requeuing"]
ServiceState = Literal["queued", "starting", "ready", "requeuing", "failed", "stopping", "stopped"]
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
    version: Version | None = None
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
    tenant: Name | None = None
    """Whose quota it uses; may be left out by who belongs to one tenant at most."""
    params: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[Name, InputRef] = Field(default_factory=dict)
    resources: ResourceRequest = Field(default_factory=ResourceRequest)
    priority: Priority = Field(default=0, ge=-100, le=100)
    timeout: int | None = Field(default=None, ge=1, le=INT32)
    """Seconds that an attempt may take."""
    deadline: UtcMoment | None = None
    """When it is to have ended; after that it is of no use."""
    retries: int = Field(default=0, ge=0, le=100)
    """How often it starts anew when what ran it is lost; its own errors are not tried again."""


class TaskBatch(Model):
    """Tasks that are submitted together, as the runs of a sweep."""

    items: list[TaskRequest] = Field(min_length=1, max_length=500)


class ServiceRequest(Model):
    """Publish a model as a service."""

    name: Name
    model: Name
    version: Version | None = None
    operator: Name = "serve-model"
    tenant: Name | None = None
    """Whose quota it uses; may be left out by who belongs to one tenant at most."""
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
    models: dict[str, str] = Field(default_factory=dict)
    """By input name: the model of which it becomes the next version when the task succeeds."""
    resources: Resources


class TaskView(Model):
    """A task as the API shows it."""

    id: str
    name: str
    owner: str
    tenant: str
    operator: str
    operator_version: str
    params: dict[str, Any]
    inputs: dict[str, str]
    outputs: dict[str, str]
    """Artifact ids by output name, as far as they are uploaded."""
    resources: Resources
    priority: Priority
    timeout: int | None
    deadline: datetime | None
    retries: int
    """How often it may still start anew."""
    paused: bool
    """It does not start before it is resumed."""
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


class SubmittedBatch(Model):
    """The tasks of a batch, in the order of its requests."""

    items: list[TaskView]


class ServiceView(Model):
    """A service as the API shows it."""

    id: str
    name: str
    owner: str
    tenant: str
    operator: str
    model: str
    version: int
    params: dict[str, Any]
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
    tenant: str
    task: str | None
    """The task that made it."""
    metrics: dict[str, float]
    size: int
    """Bytes of all files."""
    files: list[FileView]
    created_at: datetime


class PriorityRequest(Model):
    """Move a waiting task up or down."""

    priority: Priority = Field(ge=-100, le=100)


class Freeing(Model):
    """Work whose end frees what is waited for; without id and name when it is not the reader's."""

    id: str | None
    name: str | None
    at: datetime
    """When that is expected."""


class Waiting(Model):
    """Why something waits."""

    rule: str
    """What holds it; docs/platform.md lists the rules."""
    position: int
    """In its queue, from 1."""
    ahead: str | None
    """The id of the item that room is kept for first, when the reader sees that one."""
    frees: list[Freeing]
    expected: datetime | None
    """When it is expected to start; null where that cannot be told."""


class Outcome(Model):
    """What the scheduler decides about something that waits."""

    starts: bool
    """At once, then on the nodes of `placement`."""
    placement: list[str]
    waiting: Waiting | None
    """When it does not start."""
    text: Text
    """All of it in words."""


class ArtifactDetail(ArtifactView):
    """An artifact with what was found in its tables."""

    tables: dict[str, TableStatistics]
    """By path; tables that could not be read are not among them."""


class QueueItem(Model):
    """Something that waits: where it stands in its queue, and why it does not run yet."""

    queue: Literal["task", "service"]
    position: int
    """From 1; 0 when it is about to start, or no scheduler runs."""
    id: str
    name: str
    owner: str
    tenant: str
    priority: Priority
    since: datetime
    waiting: Waiting | None
    """None where the position is 0."""
    reason: Reason
    """The same in words."""


class ExplainView(Model):
    """Where a task stands, and why."""

    id: str
    state: TaskState
    reason: Reason | None
    outcome: Outcome | None
    """While it waits and a scheduler runs."""


class WhatIfRequest(Model):
    """What a waiting task would ask for instead; what is left out stays."""

    resources: ResourceRequest = Field(default_factory=ResourceRequest)
    priority: Priority | None = Field(default=None, ge=-100, le=100)


class WhatIfView(Model):
    """What is decided about a task as it is, and what would be as asked."""

    now: Outcome
    then: Outcome
