"""The other side of a running task or service: what it may fetch, what it hands in. All that a worker token reaches."""

from __future__ import annotations

from collections.abc import AsyncIterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.core import access, artifacts, lineage
from mlplatform.core.platform import Platform
from mlplatform.core.states import HOLDING
from mlplatform.errors import Problem, invalid, not_found
from mlplatform.ids import new_id
from mlplatform.models.base import Text
from mlplatform.models.operator import PortType, Resources
from mlplatform.models.workload import ArtifactView, FileView, WorkloadSpec
from mlplatform.storage.tables import Artifact, ArtifactFile, Edge, Service, Task
from mlplatform.tokens import Caller, Worker

CHECKPOINT = Text(en="checkpoint", zh="检查点")
ARCHIVE = "checkpoint.tar"


class WorkerInput(BaseModel):
    """An input as the runner fetches it."""

    files: list[FileView]
    source: str
    """For people: `dataset digits version 3`."""


class WorkerSpec(BaseModel):
    """What the runner needs to know."""

    kind: str
    id: str
    name: str
    command: list[str]
    params: dict[str, Any]
    inputs: dict[str, WorkerInput]
    outputs: dict[str, PortType]
    registers: list[str]
    """Inputs to register as models after success."""
    resources: Resources
    checkpoint: bool
    """There is one of an earlier attempt."""
    log_limit: int
    """Bytes."""


LAST_WORDS = timedelta(seconds=120)
"""How long logs are taken after the end: what is being stopped, as the others of a gang whose first died, still sends its last."""


async def load(
    platform: Platform, worker: Worker, ended: timedelta = timedelta()
) -> tuple[Task | Service, WorkloadSpec]:
    """The worker's own row.

    Args:
        ended: how long ago it may have ended.

    Raises:
        Problem: 410 when it is not to run any more: the runner ends then.
    """
    async with platform.database.transaction() as session:
        table: type[Task] | type[Service] = Task if worker.kind == "task" else Service
        row: Task | Service | None = await session.get(table, worker.id)
    if row is None or worker.attempt != row.attempt or not (row.state in HOLDING or _within(row, ended)):
        raise Problem(410, "ended", Text(en="This work has ended.", zh="该工作已结束。"), worker.id)
    return row, WorkloadSpec.model_validate(row.spec)


def _within(row: Task | Service, ended: timedelta) -> bool:
    return row.finished_at is not None and datetime.now(UTC) - row.finished_at < ended


async def describe(platform: Platform, worker: Worker) -> WorkerSpec:
    """Everything the runner needs to begin."""
    row, spec = await load(platform, worker)
    async with platform.database.transaction() as session:
        query = select(Artifact).where(Artifact.id.in_(spec.inputs.values()))
        found = {a.id: artifacts.view(a) for a in await session.scalars(query)}
        own = select(Artifact.id).where(Artifact.kind == "checkpoint", Artifact.name == row.id)
        checkpoint = await session.scalar(own)
    inputs = {name: found[id_] for name, id_ in spec.inputs.items()}
    return WorkerSpec(
        kind=worker.kind,
        id=row.id,
        name=row.name,
        command=spec.command,
        params=spec.params,
        inputs={
            k: WorkerInput(files=a.files, source=f"{a.kind} {a.name} version {a.version}") for k, a in inputs.items()
        },
        outputs=spec.outputs,
        registers=sorted(spec.models),
        resources=spec.resources,
        checkpoint=checkpoint is not None,
        log_limit=platform.settings.log_limit,
    )


async def input_file(platform: Platform, worker: Worker, name: str, path: str) -> ArtifactFile:
    """A file of one of the worker's own inputs.

    Raises:
        Problem: 404, also for what belongs to others.
    """
    _, spec = await load(platform, worker)
    if name not in spec.inputs:
        raise not_found(Text(en="input", zh="输入"), name)
    async with platform.database.transaction() as session:
        return await artifacts.get_file(session, spec.inputs[name], path)


async def put_output(platform: Platform, worker: Worker, name: str, path: str, content: AsyncIterable[bytes]) -> None:
    """Store a file of one of the task's own outputs. Again is harmless: the last one counts.

    Raises:
        Problem: 404 for an output that the operator does not declare.
    """
    row, spec = await load(platform, worker)
    if worker.kind != "task" or name not in spec.outputs:
        raise not_found(Text(en="output", zh="输出"), name)
    artifacts.check_path(path)
    file = await artifacts.store(platform, path, content, table=spec.outputs[name] == "table")
    async with platform.database.transaction() as session:
        artifact, is_new = await _own(session, row, "output", f"{row.id}/{name}")
        if is_new:
            lineage.made(session, row.id, artifact.id, name)
        file.artifact_id = artifact.id
        await session.merge(file)


async def register(platform: Platform, worker: Worker, name: str) -> ArtifactView:
    """Make one of the task's own inputs the next version of the model that its submitter named. Again is harmless: it is made once.

    Raises:
        Problem: 404 for an input that is not to be registered, 409 when the model's name has become another owner's.
    """
    row, spec = await load(platform, worker)
    if worker.kind != "task" or name not in spec.models:
        raise not_found(Text(en="input", zh="输入"), name)
    model = spec.models[name]
    async with platform.database.transaction() as session:
        made = select(Artifact).join(Edge, Edge.target_id == Artifact.id)
        made = made.where(Edge.source_id == row.id, Edge.role == lineage.REGISTERED, Artifact.name == model)
        if done := await session.scalar(made):
            return artifacts.view(done)
        source = await session.get_one(Artifact, spec.inputs[name])
        trainer = await session.get(Task, source.task_id) if source.task_id else None
        caller = await access.with_grants(session, Caller(row.owner, "user"))
        tenant = await artifacts.tenant_of(session, caller, "model", model, row.tenant)
    return await artifacts.add_version(
        platform,
        caller,
        "model",
        model,
        list(source.files),
        tenant=tenant,
        task_id=source.task_id,
        output=source.id,
        by=row.id,
        metrics=(trainer.metrics if trainer else source.metrics) | (row.metrics if isinstance(row, Task) else {}),
    )


async def put_checkpoint(platform: Platform, worker: Worker, content: AsyncIterable[bytes]) -> None:
    """Store a task's checkpoint (an archive that only the runner reads) in place of the one before.

    Raises:
        Problem: 404 for a service.
    """
    row, _ = await load(platform, worker)
    if worker.kind != "task":
        raise not_found(CHECKPOINT, row.id)
    file = await artifacts.store(platform, ARCHIVE, content, table=False)
    async with platform.database.transaction() as session:
        artifact, _ = await _own(session, row, "checkpoint", row.id)
        file.artifact_id = artifact.id
        await session.merge(file)


async def checkpoint_file(platform: Platform, worker: Worker) -> ArtifactFile:
    """A task's last checkpoint.

    Raises:
        Problem: 404 when it has none.
    """
    row, _ = await load(platform, worker)
    async with platform.database.transaction() as session:
        query = select(Artifact).where(Artifact.kind == "checkpoint", Artifact.name == row.id)
        artifact = await session.scalar(query)
    if artifact is None:
        raise not_found(CHECKPOINT, row.id)
    return artifact.files[0]


async def _own(session: AsyncSession, row: Task | Service, kind: str, name: str) -> tuple[Artifact, bool]:
    """The artifact of a task's own under a name, and whether it was made just now."""
    artifact = await session.scalar(select(Artifact).where(Artifact.kind == kind, Artifact.name == name))
    if artifact is not None:
        return artifact, False
    artifact = Artifact(
        id=new_id(),
        kind=kind,
        name=name,
        version=1,
        owner=row.owner,
        tenant=row.tenant,
        task_id=row.id,
        metrics={},
        created_at=datetime.now(UTC),
        files=[],
    )
    session.add(artifact)
    await session.flush()
    return artifact, True


def check_rank(spec: WorkloadSpec, rank: int) -> None:
    """Refuse a log of a replica that there is not.

    Raises:
        Problem: 422.
    """
    if not 0 <= rank < spec.resources.replicas:
        raise invalid(Text(en="There is no replica of this rank.", zh="没有此序号的副本。"), str(rank))
