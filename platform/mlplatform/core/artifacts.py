"""Data sets, models and outputs: sets of files with versions."""

from __future__ import annotations

from collections.abc import AsyncIterable
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform import policy, statistics
from mlplatform.core import access, audit, lineage, pages, replies, tenants
from mlplatform.core.pages import Page, Want
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem, conflict, invalid, not_found
from mlplatform.ids import new_id
from mlplatform.models.base import Text
from mlplatform.models.statistics import TableStatistics
from mlplatform.models.workload import ArtifactDetail, ArtifactView, FileView, InputRef
from mlplatform.storage.tables import Artifact, ArtifactFile, Task
from mlplatform.tokens import Caller

Kind = Literal["dataset", "model"]
FIRST = Want()
NAMES = {
    "dataset": Text(en="data set", zh="数据集"),
    "model": Text(en="model", zh="模型"),
    "output": Text(en="output", zh="输出"),
}


async def upload_dataset(
    platform: Platform,
    caller: Caller,
    name: str,
    path: str,
    content: AsyncIterable[bytes],
    *,
    tenant: str | None = None,
) -> ArtifactView:
    """Store a file as the next version of a data set. The right to is looked at before the content is taken.

    Args:
        tenant: whose a new name becomes; a name that is there stays its tenant's.
    """
    check_path(path)
    async with platform.database.transaction() as session:
        tenant = await tenant_of(session, caller, "dataset", name, tenant)
    file = await store(platform, path, content, table=True)
    return await add_version(platform, caller, "dataset", name, [file], tenant=tenant, content=file.digest)


async def store(platform: Platform, path: str, content: AsyncIterable[bytes], *, table: bool) -> ArtifactFile:
    """A file in the blob store, as a row that belongs to no artifact yet; with its statistics where it may be a table."""
    blob = await platform.blobs.put(content)
    known = await statistics.of_blob(platform.blobs.get(blob.digest), path) if table else None
    return ArtifactFile(path=path, digest=blob.digest, size=blob.size, statistics=known and known.model_dump())


async def register_model(platform: Platform, caller: Caller, name: str, task_id: str, output: str) -> ArtifactView:
    """Make a task's output the next version of a model. The files are shared, not copied."""
    async with platform.database.transaction() as session:
        source = await find(session, caller, InputRef(task=task_id, output=output))
        files = [_copy(f) for f in source.files]
        task = await session.get(Task, task_id)
        metrics = task.metrics if task else {}
        tenant = await _tenant_of_name(session, caller, "model", name) or source.tenant
        policy.require(caller, "register", policy.Place(tenant, caller.subject), not_found(tenants.TENANT, tenant))
    return await add_version(
        platform, caller, "model", name, files, tenant=tenant, task_id=task_id, output=source.id, metrics=metrics
    )


async def add_version(
    platform: Platform,
    caller: Caller,
    kind: Kind,
    name: str,
    files: list[ArtifactFile],
    *,
    tenant: str,
    task_id: str | None = None,
    output: str | None = None,
    by: str | None = None,
    content: str | None = None,
    metrics: dict[str, Any] | None = None,
) -> ArtifactView:
    """The next version of a name; two callers at once get two versions.

    Args:
        tenant: whose it is.
        output: id of the task's output (or the model) that it was made from.
        by: id of the task that registered it.
        content: SHA-256 of the request's body that it was made from.

    Raises:
        Problem: 403, or 409 when the name is another's.
    """
    while True:
        try:
            async with platform.database.transaction() as session:
                if (await _tenant_of_name(session, caller, kind, name) or tenant) != tenant:
                    raise _taken(name)
                newest = await session.scalar(_newest(kind, name))
                artifact = Artifact(
                    id=new_id(),
                    kind=kind,
                    name=name,
                    version=newest.version + 1 if newest else 1,
                    owner=caller.subject,
                    tenant=tenant,
                    task_id=task_id,
                    metrics=metrics or {},
                    created_at=datetime.now(UTC),
                    files=[_copy(f) for f in files],
                )
                session.add(artifact)
                for source in filter(None, (output, by)):
                    lineage.made(session, source, artifact.id, lineage.REGISTERED)
                audit.record(session, f"{kind} {name} {artifact.version}")
                await replies.keep(session, view(artifact), content)
            return view(artifact)
        except IntegrityError:
            continue  # somebody else took this number a moment ago


async def list_kind(
    platform: Platform, caller: Caller, kind: Kind, name: str | None = None, want: Want = FIRST
) -> Page[ArtifactView]:
    """The newest version of each name, or every version of one name, newest first."""
    query = select(Artifact).where(Artifact.kind == kind)
    if name is None:
        newest = select(Artifact.name, func.max(Artifact.version).label("top")).where(Artifact.kind == kind)
        top = newest.group_by(Artifact.name).subquery()
        query = query.join(top, (Artifact.name == top.c.name) & (Artifact.version == top.c.top))
    else:
        query = query.where(Artifact.name == name)
    query = query.where(access.visible(caller, Artifact))
    async with platform.database.transaction() as session:
        if name is None:
            found = await pages.read(session, query, Artifact.name, want)
        else:
            found = await pages.read(session, query, Artifact.version, want, newest_first=True)
    if name is not None and want.cursor is None and not found.items:
        raise not_found(NAMES[kind], name)
    return found.map(view)


async def get(platform: Platform, caller: Caller, id_: str) -> ArtifactDetail:
    """One artifact with all that is known of it.

    Raises:
        Problem: 404.
    """
    async with platform.database.transaction() as session:
        artifact = await session.get(Artifact, id_)
        if artifact is None or artifact.kind not in NAMES or not policy.sees(caller, artifact):
            raise not_found(Text(en="artifact", zh="制品"), id_)
        tables = {f.path: TableStatistics.model_validate(f.statistics) for f in artifact.files if f.statistics}
        return ArtifactDetail(**dict(view(artifact)), tables=tables)


async def find(session: AsyncSession, caller: Caller, ref: InputRef) -> Artifact:
    """What a reference means now.

    Raises:
        Problem: 404 when there is no such thing among the caller's.
    """
    if ref.task is not None:
        kind, name = "output", f"{ref.task}/{ref.output}"
    else:
        kind, name = ("dataset", ref.dataset or "") if ref.dataset else ("model", ref.model or "")
    query = _newest(kind, name)
    if ref.version is not None:
        query = query.where(Artifact.version == ref.version)
    artifact: Artifact | None = await session.scalar(query)
    if artifact is None or not policy.sees(caller, artifact):
        raise not_found(NAMES[kind], name + (f" version {ref.version}" if ref.version else ""))
    return artifact


async def get_file(session: AsyncSession, artifact_id: str, path: str) -> ArtifactFile:
    """One file of an artifact.

    Raises:
        Problem: 404.
    """
    file = await session.get(ArtifactFile, (artifact_id, path))
    if file is None:
        raise not_found(Text(en="file", zh="文件"), path)
    return file


def check_path(path: str) -> None:
    """Refuse a path that would leave the folder it is put into.

    Raises:
        Problem: 422.
    """
    parts = PurePosixPath(path).parts
    if not path or path.startswith("/") or ".." in parts or "\\" in path or "\0" in path or len(path) > 500:
        raise invalid(Text(en="Not a path inside a folder.", zh="不是文件夹内的路径。"), path[:100])


def view(artifact: Artifact) -> ArtifactView:
    return ArtifactView(
        id=artifact.id,
        kind=artifact.kind,  # type: ignore[arg-type]  # the column holds nothing else
        name=artifact.name,
        version=artifact.version,
        owner=artifact.owner,
        tenant=artifact.tenant,
        task=artifact.task_id,
        metrics=artifact.metrics,
        size=sum(f.size for f in artifact.files),
        files=[FileView(path=f.path, size=f.size, digest=f"sha256:{f.digest}") for f in artifact.files],
        created_at=artifact.created_at,
    )


async def tenant_of(session: AsyncSession, caller: Caller, kind: Kind, name: str, wanted: str | None) -> str:
    """Whose the next version of a name is: the name's tenant, else the one that the caller chooses for a new one.

    Raises:
        Problem: 403, 404, 409, 422: the caller may not, or has to choose.
    """
    action: policy.Action = "upload" if kind == "dataset" else "register"
    return await _tenant_of_name(session, caller, kind, name) or await tenants.choose(session, caller, wanted, action)


async def _tenant_of_name(session: AsyncSession, caller: Caller, kind: Kind, name: str) -> str | None:
    """Whose a name is, when the caller may add a version to it; None for a new one.

    Raises:
        Problem: 403, or 409 when the name is another's.
    """
    newest: Artifact | None = await session.scalar(_newest(kind, name))
    if newest is None:
        return None
    policy.require(caller, "upload" if kind == "dataset" else "register", newest, _taken(name))
    return newest.tenant


def _taken(name: str) -> Problem:
    return conflict("name_taken", Text(en="This name belongs to somebody else.", zh="该名称属于其他用户。"), name)


def _copy(file: ArtifactFile) -> ArtifactFile:
    return ArtifactFile(path=file.path, digest=file.digest, size=file.size, statistics=file.statistics)


def _newest(kind: str, name: str) -> Any:
    return (
        select(Artifact).where(Artifact.kind == kind, Artifact.name == name).order_by(Artifact.version.desc()).limit(1)
    )
