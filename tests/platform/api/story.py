"""A platform with what the examples of the API's description name: ann's data set, task, model, service,
workflow with a run and a schedule, an operator of her own, and work that waits and runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mlplatform.api import examples
from mlplatform.core import logs, operators, schedules, workflows
from mlplatform.core.platform import Platform
from mlplatform.models.schedule import ScheduleSpec
from mlplatform.storage.blobs import Blob, once
from mlplatform.storage.tables import (
    Artifact,
    ArtifactFile,
    Member,
    Run,
    RunItem,
    Schedule,
    ScheduleEntry,
    Service,
    Task,
    Tenant,
)
from mlplatform.tokens import Caller
from sqlalchemy import select

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
RUNNING = "0dxr4k2m8n5p7q2r"
"""Another task of hers; a worker token of it works."""
LOG = "épochs 30\nheld-out rows 360, accuracy 0.97\n"


async def tell(platform: Platform) -> None:
    """Store it."""
    blob = await platform.blobs.put(once(b"1,2,a\n3,4,b\n"))
    spec = {
        "image": "trainer",
        "command": ["true"],
        "params": {"epochs": 30},
        "inputs": {"data": examples.ARTIFACT},
        "outputs": {"model": "model"},
        "resources": {"cpu": 0.5, "memory": "256Mi", "gpu": {"count": 0, "models": []}, "replicas": 1},
    }
    async with platform.database.transaction() as session:
        for id_, state in ((examples.TASK, "succeeded"), (RUNNING, "running"), ("0dxr4k2m8n5p7q3t", "queued")):
            session.add(_task(id_, state, spec))
        await session.flush()
        session.add(_artifact(examples.ARTIFACT, "dataset", "digits", "digits.csv.gz", blob))
        session.add(
            _artifact("0dxr5a0b1c2d3e4f", "output", f"{examples.TASK}/model", "model.json", blob, examples.TASK)
        )
        model = _artifact(examples.MODEL, "model", "digits", "model.json", blob, examples.TASK)
        described = dict(examples.EXAMPLES["TenantRequest"])
        members = described.pop("members")
        session.add_all([model, Tenant(name="digits", **described)])
        await session.flush()
        session.add_all(Member(tenant="digits", subject=subject, role=role) for subject, role in members.items())
        work = {k: v for k, v in _workload(examples.SERVICE, "queued", spec).items() if k != "name"}
        session.add(Service(name="other", artifact=model, **work))
    ann = Caller("ann", "user")
    await operators.register(platform, ann, examples.EXAMPLES["OperatorText"]["text"])
    await workflows.put(platform, ann, "digits", examples.EXAMPLES["DescriptionText"]["text"])
    await schedules.put(platform, ann, "nightly", ScheduleSpec.model_validate(examples.EXAMPLES["ScheduleSpec"]))
    async with platform.database.transaction() as session:
        session.add(_run())
        await session.flush()
        done = {"state": "succeeded", "task_id": examples.TASK, "cached": True, "attempt": 0}
        session.add(RunItem(run_id=examples.RUN, step="train", item=0, **done))
        (schedule,) = await session.scalars(select(Schedule))
        began = {"state": "begun", "run_id": examples.RUN, "created_at": NOW}
        session.add(ScheduleEntry(schedule_id=schedule.id, due_at=NOW, **began))
    await logs.append(platform, examples.TASK, "output", 0, part="a", offset=0, content=LOG.encode())


def _artifact(id_: str, kind: str, name: str, path: str, blob: Blob, task: str | None = None) -> Artifact:
    file = ArtifactFile(path=path, digest=blob.digest, size=blob.size)
    return Artifact(
        id=id_,
        kind=kind,
        name=name,
        version=1,
        owner="ann",
        tenant="default",
        task_id=task,
        metrics={},
        created_at=NOW,
        files=[file],
    )


def _run() -> Run:
    names = ("id", "workflow", "version", "owner", "tenant", "priority", "cache", "state", "paused")
    view, plan = examples.EXAMPLES["RunDetail"], examples.EXAMPLES["WorkflowEdit"]["workflow"]["spec"]
    more = {"role": "user", "plan": plan, "pinned": {}, "woken": False, "created_at": NOW, "finished_at": NOW}
    return Run(**{name: view[name] for name in names}, **more)


def _task(id_: str, state: str, spec: dict[str, Any]) -> Task:
    more = {"metrics": {}, "retries": 0, "attempt": 0, "paused": False}
    return Task(**_workload(id_, state, spec), **more)


def _workload(id_: str, state: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": id_,
        "name": "digits",
        "owner": "ann",
        "tenant": "default",
        "operator": "train-numpy",
        "operator_version": "1.0.0",
        "spec": spec,
        "priority": 0,
        "state": state,
        "placement": [],
        "created_at": NOW,
    }
