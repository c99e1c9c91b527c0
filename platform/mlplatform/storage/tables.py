"""The tables. The same for SQLite and PostgreSQL; changes go through a migration."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    TEXT,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    String,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

ID = String(16)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets the zone, so it is put back when reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON, list[str]: JSON}


class Workload:
    """What tasks and services share: they are scheduled the same way.

    A row is worked on by whoever holds its lock (see storage/locks.py).
    """

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str] = mapped_column(String(200), index=True)
    tenant: Mapped[str] = mapped_column(String(40))
    operator: Mapped[str] = mapped_column(String(40))
    operator_version: Mapped[str] = mapped_column(String(40))
    spec: Mapped[dict[str, Any]]
    priority: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    placement: Mapped[list[str]]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0)
    """From 0; a worker token is good for one attempt."""
    lock_token: Mapped[str | None] = mapped_column(String(32))
    lock_owner: Mapped[str | None] = mapped_column(String(100))
    lock_expires: Mapped[datetime | None]


class Task(Workload, Base):
    __tablename__ = "task"

    metrics: Mapped[dict[str, Any]]
    timeout: Mapped[int | None]
    """Seconds from the start of an attempt."""
    deadline: Mapped[datetime | None]
    retries: Mapped[int]
    """How often it may still start anew when what ran it is lost."""
    paused: Mapped[bool]
    """It keeps its place in the queue and does not start."""
    content_key: Mapped[str | None] = mapped_column(String(64), index=True)
    """What its outputs depend on (core/cache.py); None for tasks of earlier versions."""
    origin: Mapped[str | None] = mapped_column(String(100), unique=True)
    """What the platform itself submitted it for, `RUN/STEP/ITEM/ATTEMPT`: never twice for the same."""

    __table_args__ = (  # lists, newest first: a user's, of a state, both
        Index("task_owner", "owner", "id"),
        Index("task_owner_state", "owner", "state", "id"),
        Index("task_state", "state", "id"),
    )


class PausedQueue(Base):
    """A queue of which nothing starts."""

    __tablename__ = "paused_queue"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)


class Tenant(Base):
    __tablename__ = "tenant"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    quota: Mapped[dict[str, Any]]
    borrowing: Mapped[dict[str, Any]]
    cohort: Mapped[str | None] = mapped_column(String(40))
    weight: Mapped[float]
    max_priority: Mapped[int]
    served_at: Mapped[datetime | None]
    """When something of it was started last: of equal shares, the one served longest ago goes next."""


class Member(Base):
    """Somebody's role in a tenant."""

    __tablename__ = "member"

    tenant: Mapped[str] = mapped_column(ForeignKey("tenant.name", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16))


class User(Base):
    """Somebody who signs in by name and password."""

    __tablename__ = "user_account"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    disabled: Mapped[bool]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    invitation: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the token that sets a password, once."""
    invited_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class RefreshToken(Base):
    """A refresh token by its SHA-256. Used ones stay until they expire, to be known when they come again."""

    __tablename__ = "refresh_token"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    family: Mapped[str] = mapped_column(ID, index=True)
    """All that came from one signing in."""
    subject: Mapped[str] = mapped_column(ForeignKey("user_account.name", ondelete="CASCADE"), index=True)
    expires: Mapped[datetime]
    used: Mapped[bool]


class AuditEntry(Base):
    """A change, or one that was refused. The database itself refuses to change or remove a row (see the migration)."""

    __tablename__ = "audit_entry"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    at: Mapped[datetime]
    subject: Mapped[str] = mapped_column(String(200), index=True)
    address: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(100))
    what: Mapped[str] = mapped_column(String(300))
    outcome: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(64))


class Lease(Base):
    """Which process leads where only one may, until when, and what it last saw."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    token: Mapped[str] = mapped_column(String(32))
    owner: Mapped[str] = mapped_column(String(100))
    expires: Mapped[datetime]
    seen: Mapped[dict[str, Any]]
    """The scheduler's: `nodes`, and the id of the item that room was `promised` to."""


class Service(Workload, Base):
    __tablename__ = "service"

    artifact_id: Mapped[str] = mapped_column(ForeignKey("artifact.id"))
    endpoint: Mapped[str | None] = mapped_column(String(300))
    """Where the API reaches it, while it is ready."""
    artifact: Mapped[Artifact] = relationship(lazy="joined")

    __table_args__ = (
        # A name can be used again once its service is gone.
        Index(
            "service_name",
            "name",
            unique=True,
            sqlite_where=text("state NOT IN ('stopped', 'failed')"),
            postgresql_where=text("state NOT IN ('stopped', 'failed')"),
        ),
    )


class StoredOperator(Base):
    """A version of an operator that a user registered. A version never changes."""

    __tablename__ = "operator"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(40))
    owner: Mapped[str] = mapped_column(String(200), index=True)
    description: Mapped[dict[str, Any]]
    image_digest: Mapped[str | None] = mapped_column(ForeignKey("image.digest"))
    """Of an image of its own, once that is there; None also where one of the platform's images does."""
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("name", "version"),)


class StoredImage(Base):
    """An image that came in an archive. Its blobs are in the blob store under their own digests."""

    __tablename__ = "image"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of the manifest."""
    manifest: Mapped[bytes]
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes of manifest, configuration and layers."""
    blobs: Mapped[list[ImageBlob]] = relationship(lazy="selectin", cascade="all, delete-orphan")


class ImageBlob(Base):
    """A layer of an image, or its configuration."""

    __tablename__ = "image_blob"

    image_digest: Mapped[str] = mapped_column(ForeignKey("image.digest"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    size: Mapped[int] = mapped_column(BigInteger)


class Artifact(Base):
    """A version of a data set or model, a task's output, or its checkpoint: a set of files."""

    __tablename__ = "artifact"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100))
    version: Mapped[int]
    owner: Mapped[str] = mapped_column(String(200), index=True)
    tenant: Mapped[str] = mapped_column(String(40), index=True)
    task_id: Mapped[str | None] = mapped_column(ForeignKey("task.id"), index=True)
    metrics: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    files: Mapped[list[ArtifactFile]] = relationship(
        lazy="selectin", order_by="ArtifactFile.path", cascade="all, delete-orphan"
    )

    __table_args__ = (UniqueConstraint("kind", "name", "version"),)


class ArtifactFile(Base):
    __tablename__ = "artifact_file"

    artifact_id: Mapped[str] = mapped_column(ForeignKey("artifact.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(500), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    statistics: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Of a table that could be read."""


class Edge(Base):
    """Something went into something, or came out as it: artifacts, tasks and services by their ids."""

    __tablename__ = "edge"

    source_id: Mapped[str] = mapped_column(ID, primary_key=True)
    target_id: Mapped[str] = mapped_column(ID, primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(40), primary_key=True)


class Reply(Base):
    """A request with an idempotency key, and its answer once it has one (core/replies.py)."""

    __tablename__ = "reply"

    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    """A digest of it without a body that is streamed."""
    content: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the body that was streamed."""
    token: Mapped[str] = mapped_column(String(32))
    """Of who carries it out."""
    held_until: Mapped[datetime]
    expires: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    body: Mapped[str | None] = mapped_column(TEXT)


class LogChunk(Base):
    """A piece of what a replica wrote. The key makes sending it twice harmless."""

    __tablename__ = "log_chunk"

    workload_id: Mapped[str] = mapped_column(ID, primary_key=True)
    stream: Mapped[str] = mapped_column(String(16), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """Bytes before this chunk."""
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    part: Mapped[str] = mapped_column(String(32))
    """The buffer that it came from: a pod's or a folder's. What starts anew elsewhere has another, and counts from 0 again."""
    part_offset: Mapped[int] = mapped_column(BigInteger)
    """Bytes of the part before this chunk."""


class Workflow(Base):
    """A version of a workflow: its text as it was sent."""

    __tablename__ = "workflow"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(200), index=True)
    text: Mapped[str]
    created_at: Mapped[datetime]
    removed: Mapped[bool]
    """Deleted: runs of it can still be looked at, and its version is not given again."""


class Run(Base):
    """A run of a workflow. What it means is fixed when it begins; whoever changes it or its steps locks this row first."""

    __tablename__ = "run"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    workflow: Mapped[str] = mapped_column(String(40), index=True)
    version: Mapped[int]
    owner: Mapped[str] = mapped_column(String(200), index=True)
    role: Mapped[str] = mapped_column(String(16))
    """The owner's, when it began: its steps are submitted with the owner's rights."""
    tenant: Mapped[str] = mapped_column(String(40))
    priority: Mapped[int]
    cache: Mapped[bool]
    plan: Mapped[dict[str, Any]]
    """The workflow's `spec`."""
    pinned: Mapped[dict[str, int]] = mapped_column(JSON)
    """The versions of data sets and models, by `kind/name`."""
    state: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    paused: Mapped[bool]
    """Nothing more of it is submitted."""
    woken: Mapped[bool] = mapped_column(index=True)
    """Something was done to it that the loop is to look at."""
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class RunItem(Base):
    """A step of a run for one value of its fan-out; the one item of a step without."""

    __tablename__ = "run_item"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    step: Mapped[str] = mapped_column(String(40), primary_key=True)
    item: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    task_id: Mapped[str | None] = mapped_column(ForeignKey("task.id"), index=True)
    """The task that runs it, or that ran before and is reused."""
    cached: Mapped[bool]
    attempt: Mapped[int]
    """From 0; another with each retry of the run."""


class Schedule(Base):
    __tablename__ = "schedule"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    owner: Mapped[str] = mapped_column(String(200), index=True)
    role: Mapped[str] = mapped_column(String(16))
    """The owner's, when it was written: what it starts is started with the owner's rights."""
    spec: Mapped[dict[str, Any]]
    paused: Mapped[bool]
    seen_until: Mapped[datetime]
    """Times up to here were dealt with."""
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    """The next time; None when there is none, or it is paused."""
    created_at: Mapped[datetime]


class ScheduleEntry(Base):
    """What became of one time of a schedule. The key makes that happen once."""

    __tablename__ = "schedule_entry"

    schedule_id: Mapped[str] = mapped_column(ForeignKey("schedule.id"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    run_id: Mapped[str | None] = mapped_column(ForeignKey("run.id"))
    task_id: Mapped[str | None] = mapped_column(ForeignKey("task.id"))
    created_at: Mapped[datetime]
