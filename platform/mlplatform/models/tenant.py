"""Tenants, which are the projects too: who works together, with which roles, and shares the machines with which quotas."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlplatform.models.base import Model, Name
from mlplatform.models.numbers import INT32
from mlplatform.models.quantity import Memory

TenantRole = Literal["viewer", "editor", "admin"]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Members = Annotated[dict[Subject, TenantRole], Field(max_length=10_000)]
"""Roles by the subjects of tokens: a viewer sees everything of the tenant; an editor also uploads, submits, cancels, registers and
publishes; an admin also chooses the members and moves everybody's work in the queue."""


class Limits(Model):
    """Amounts of each resource; one that is left out is unlimited."""

    cpu: float | None = Field(default=None, ge=0, le=1e9)
    """Cores."""
    memory: Memory | Literal["0"] | None = None
    gpu: int | None = Field(default=None, ge=0, le=INT32)


class TenantRequest(Model):
    """A tenant as an administrator describes it."""

    quota: Limits = Field(default_factory=Limits)
    """What it can always count on."""
    borrowing: Limits = Limits(cpu=0, memory="0", gpu=0)
    """How much more it may use while others of its cohort leave theirs unused."""
    cohort: Name | None = None
    """Tenants of one cohort lend each other what they do not use."""
    weight: float = Field(default=1, gt=0, le=1000)
    """Its part of a fair share beside the others'."""
    max_priority: int = Field(default=100, ge=-100, le=100)
    """The highest priority that its members may ask for."""
    members: Members = Field(default_factory=dict)
    """In the tenant `default` everybody may work, and sees their own; its members see everything of it."""


class MembersRequest(Model):
    """All members of a tenant: who is left out is none any more."""

    members: Members


class TenantView(TenantRequest):
    """A tenant as the API shows it."""

    name: Name
    used: Limits
    """What its running work holds."""
