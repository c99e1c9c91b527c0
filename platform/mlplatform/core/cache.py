"""Reuse by content: the same operator on the same parameters and the same bytes was run before, and its outputs are still there."""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.core import access
from mlplatform.models.operator import Operator
from mlplatform.models.workload import WorkloadSpec
from mlplatform.storage.tables import Artifact, Task
from mlplatform.tokens import Caller


async def key(session: AsyncSession, operator: Operator, spec: WorkloadSpec) -> str:
    """What the outputs of resolved work depend on, as SHA-256 in hexadecimal: not the ids of its inputs but the names and digests of
    their files, and not its resources."""
    inputs = {name: await session.get_one(Artifact, id_) for name, id_ in spec.inputs.items()}
    content = {
        "operator": [operator.metadata.name, operator.metadata.version, spec.image, spec.command],
        "params": spec.params,
        "inputs": {name: sorted([f.path, f.digest] for f in artifact.files) for name, artifact in inputs.items()},
        "outputs": spec.outputs,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


async def find(session: AsyncSession, caller: Caller, key: str) -> Task | None:
    """The last task with this key that succeeded, among those that the caller sees."""
    query = select(Task).where(Task.content_key == key, Task.state == "succeeded").order_by(Task.id.desc())
    task: Task | None = await session.scalar(query.where(access.visible(caller, Task)).limit(1))
    return task
