"""A tenant `lab` with one thing of each kind, all made by `maker`, and somebody of each role."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import httpx
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from mlplatform.core.platform import Platform
from mlplatform.models.load import load_text
from mlplatform.models.operator import Resources
from mlplatform.models.schedule import ScheduleSpec
from mlplatform.models.workload import WorkloadSpec
from mlplatform.scheduler import view
from mlplatform.storage.blobs import once
from mlplatform.storage.tables import (
    Artifact,
    ArtifactFile,
    Lease,
    Member,
    RefreshToken,
    Run,
    Schedule,
    Service,
    StoredOperator,
    Task,
    Tenant,
    User,
    Workflow,
)

from tests.platform.access.routes import CSV, FLOW, INVITATION, MINE, PASSWORD, REFRESH, SCHEDULE

MEMBERS = {"maker": "editor", "vera": "viewer", "ed": "editor", "ada": "admin"}
HASH = PasswordHasher.from_parameters(CHEAPEST).hash(PASSWORD)
"""With other parameters than the platform's: the first signing in hashes it anew."""
QUOTA = {"quota": {}, "borrowing": {}, "weight": 1, "max_priority": 100}


async def build(platform: Platform) -> None:
    """Rows only: how they come to be is tested elsewhere."""
    blob = await platform.blobs.put(once(CSV))
    now = datetime.now(UTC)
    spec = WorkloadSpec(
        image="",
        command=[],
        params={},
        inputs={"data": "data-1"},
        outputs={"model": "model"},
        models={"data": "m"},
        resources=Resources(),
    ).model_dump()
    whose = {"owner": "maker", "tenant": "lab", "created_at": now}
    work = whose | {
        "operator": "train-numpy",
        "operator_version": "1.0.0",
        "spec": spec,
        "priority": 0,
        "placement": [],
    }
    task = work | {"metrics": {}, "retries": 0, "attempt": 0, "paused": False}

    def artifact(id_: str, kind: str, name: str, task_id: str | None = None) -> Artifact:
        files = [ArtifactFile(path="d.csv", digest=blob.digest, size=blob.size)]
        return Artifact(id=id_, kind=kind, name=name, version=1, metrics={}, task_id=task_id, files=files, **whose)

    until = now + timedelta(hours=1)
    async with platform.database.transaction() as session:
        session.add(
            User(
                name="una",
                role="user",
                disabled=False,
                password_hash=HASH,
                invitation=sha256(INVITATION.encode()).hexdigest(),
                invited_until=until,
                created_at=now,
            )
        )
        await session.flush()
        refresh = sha256(REFRESH.encode()).hexdigest()
        session.add(RefreshToken(digest=refresh, family="f", subject="una", expires=until, used=False))
        session.add_all([Tenant(name="lab", **QUOTA), Tenant(name="empty", **QUOTA)])
        await session.flush()
        session.add_all(Member(tenant="lab", subject=subject, role=role) for subject, role in MEMBERS.items())
        for id_, state in (("task-done", "succeeded"), ("task-queued", "queued"), ("task-runs", "running")):
            session.add(Task(id=id_, name=id_, state=state, **task))
        await session.flush()
        session.add_all(
            [
                artifact("data-1", "dataset", "d"),
                artifact("model-1", "model", "m", "task-done"),
                artifact("output-1", "output", "task-done/model", "task-done"),
                artifact("check-1", "checkpoint", "task-runs", "task-runs"),
            ]
        )
        await session.flush()
        alive = now + timedelta(hours=1)
        session.add(Lease(name=view.LEASE, token="t", owner="o", expires=alive, seen=view.seen((), "")))
        session.add(Workflow(name="w", version=1, owner="maker", text=FLOW, created_at=now, removed=False))
        plan = load_text(FLOW, "w")[0].description.model_dump(mode="json")["spec"]
        run = whose | {
            "workflow": "w",
            "version": 1,
            "role": "user",
            "priority": 0,
            "cache": True,
            "plan": plan,
            "pinned": {"dataset/d": 1},
        }
        more = {"paused": False, "woken": False}
        session.add_all(
            [Run(id="run-1", state="running", **run, **more), Run(id="run-2", state="failed", **run, **more)]
        )
        spec_of_schedule = ScheduleSpec.model_validate(SCHEDULE).model_dump(mode="json")
        session.add(
            Schedule(
                id="nightly",
                name="nightly",
                owner="maker",
                role="user",
                spec=spec_of_schedule,
                paused=False,
                seen_until=now,
                next_at=None,
                created_at=now,
            )
        )
        described = load_text(MINE, "operator.yaml")[0].description.model_dump(mode="json")
        session.add(
            StoredOperator(
                id="mine", name="mine", version="1.0.0", owner="maker", description=described, created_at=now
            )
        )
        session.add(Service(id="s1", name="s", artifact_id="model-1", state="ready", endpoint="http://service", **work))


def service_client() -> httpx.AsyncClient:
    """Answers as the service `s` does."""
    body = {"model_name": "s", "model_version": "1", "outputs": []}
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=body)))
