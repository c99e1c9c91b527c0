"""The plan: every change, where, how it is undone, how long it should take."""

from __future__ import annotations

from typing import Literal

from installer.common.text import Text
from installer.models.base import Model

ChangeKind = Literal["file", "folder", "unit", "kernel", "process", "image", "network", "object", "account"]


class Change(Model):
    """One thing that a step would do. `node` is empty for objects of the cluster."""

    node: str
    kind: ChangeKind
    target: str
    """A path, a unit, a sysctl, `Deployment platform/api`…"""
    text: Text


class PlannedStep(Model):
    """A step on one node (`nodes/n1/runtime`) or on the cluster (`cluster/network`)."""

    id: str
    stage: str
    node: str
    title: Text
    after: list[str]
    changes: list[Change]
    undo: Text
    seconds: float
    """Expected, from the catalog's sizes and the last measurements."""


class Plan(Model):
    """What `install` will do, in order. `digest` is of the steps: a run refuses a plan that changed under it."""

    site_digest: str
    bundle_digest: str
    digest: str
    steps: list[PlannedStep]
