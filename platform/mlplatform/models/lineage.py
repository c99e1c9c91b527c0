"""Where things come from and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from mlplatform.models.base import Model

NodeKind = Literal["dataset", "model", "output", "task", "service"]


class LineageNode(Model):
    """A thing on the way from data to service."""

    id: str
    kind: NodeKind
    name: str
    version: str
    """Of a data set or model its number; of a task or service its operator and that one's version."""
    owner: str
    state: str | None
    """Of a task or service."""
    seconds: float | None
    """From start to end, of a task that has ended."""
    metrics: dict[str, float]
    created_at: datetime


class LineageEdge(Model):
    """`source` went into `target`, or came out as it."""

    source: str
    target: str
    role: str
    """The name of the input or output; `registered` between an output and the model that it became."""


class Lineage(Model):
    """Everything that something was made from, directly or not, and everything that was made from it."""

    id: str
    nodes: list[LineageNode]
    """Oldest first."""
    edges: list[LineageEdge]
    truncated: bool
    """There are more connections than are shown."""
