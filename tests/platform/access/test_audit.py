"""The audit log: one entry for every change and for every refusal, and it stays."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy
from mlplatform.api.app import make_app
from mlplatform.core.platform import Platform
from mlplatform.storage.tables import AuditEntry
from sqlalchemy import select

from tests.platform.access.conftest import SUBJECTS, Asker
from tests.platform.access.routes import ROUTES, changing
from tests.platform.conftest import ClientOf

CHANGING = [route for route in ROUTES if changing(route)]
OWN = [route for route in CHANGING if ROUTES[route].who in ("anybody", "caller")]
"""What everybody changes of their own."""


async def entries(platform: Platform) -> list[AuditEntry]:
    async with platform.database.transaction() as session:
        return list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


@pytest.mark.parametrize("route", [r for r in CHANGING if r not in OWN], ids=" ".join)
async def test_a_change_leaves_one_entry_and_a_refusal_one(
    platform: Platform, asker: Asker, route: tuple[str, str]
) -> None:
    refused = await asker.send(route, "stranger")
    assert not refused.is_success
    done = await asker.send(route, "platform")
    assert done.is_success, done.text
    first, second = await entries(platform)
    assert (first.outcome, first.subject) == ("refused", SUBJECTS["stranger"])
    assert first.code == refused.json()["type"].rpartition(":")[2]
    assert (second.outcome, second.subject, second.code) == ("done", SUBJECTS["platform"], "")
    assert [first.request_id, second.request_id] == [a.headers["x-request-id"] for a in (refused, done)]
    assert first.action == second.action and first.address == "127.0.0.1"


@pytest.mark.parametrize("route", OWN, ids=" ".join)
async def test_signing_in_and_out_leaves_one_entry(platform: Platform, asker: Asker, route: tuple[str, str]) -> None:
    done = await asker.send(route, "caller")
    assert done.is_success, done.text
    (entry,) = await entries(platform)
    action = make_app(platform).openapi()["paths"][route[1]][route[0].lower()]["operationId"]
    assert (entry.outcome, entry.subject, entry.action) == ("done", "una", action)
    assert entry.request_id == done.headers["x-request-id"]


async def test_what_changes_nothing_leaves_none(platform: Platform, asker: Asker) -> None:
    for route in ROUTES:
        if not changing(route) and ROUTES[route].who != "stream":
            for who in ("worker",) if ROUTES[route].who == "worker" else ("platform", "stranger"):
                await asker.send(route, who)
            assert await entries(platform) == [], route


async def test_a_change_that_fails_is_told_and_leaves_nothing_else(
    platform: Platform, asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("mlplatform.core.tasks._changed", broken)
    assert (await asker.send(("POST", "/api/v1/tasks/{id}/cancel"), "platform")).status_code == 500
    assert [(e.outcome, e.code) for e in await entries(platform)] == [("failed", "fault")]
    monkeypatch.undo()
    assert (await asker.send(("GET", "/api/v1/tasks/{id}/explain"), "platform")).json()["state"] == "queued"


async def test_a_conflict_is_a_refusal(platform: Platform, client_of: ClientOf, asker: Asker) -> None:
    root = client_of("root", "admin")
    assert (await root.post("/api/v1/tasks/task-done/cancel")).status_code == 409
    assert (await root.post("/api/v1/tasks", json={"surprise": 1})).status_code == 422
    assert [(e.action, e.outcome, e.code) for e in await entries(platform)] == [
        ("cancel_task", "refused", "already_ended"),
        ("submit_task", "refused", "invalid"),
    ]


async def test_pages_and_filters(client_of: ClientOf, asker: Asker) -> None:
    root, ed = client_of("root", "admin"), client_of("ed")
    for _ in range(3):
        await ed.post("/api/v1/tasks/task-queued/cancel")
    await client_of("vera").post("/api/v1/tasks/task-queued/cancel")

    async def read(**query: Any) -> dict[str, Any]:
        return dict((await root.get("/api/v1/audit", params=query)).raise_for_status().json())

    first = await read(limit=2)
    second = await read(limit=2, cursor=first["next"])
    assert [e["subject"] for e in first["items"] + second["items"]] == ["vera", "ed", "ed", "ed"] and not second["next"]
    assert [e["what"] for e in (await read(subject="vera"))["items"]] == ["/api/v1/tasks/task-queued/cancel"]
    assert [e["what"] for e in (await read(outcome="done"))["items"]] == ["task task-queued"] * 3
    assert (await read(action="put_tenant"))["items"] == []


class TestBothDatabases:
    @pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
    def database_url(self, request: pytest.FixtureRequest, tmp_path: Any) -> str:
        if request.param == "sqlite":
            return f"sqlite+aiosqlite:///{tmp_path}/test.db"
        admin: sqlalchemy.URL = request.getfixturevalue("postgres")
        engine = sqlalchemy.create_engine(admin, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("CREATE DATABASE audit"))
        engine.dispose()
        return admin.set(database="audit").render_as_string()

    async def test_the_database_refuses_to_change_the_log(self, platform: Platform, client_of: ClientOf) -> None:
        await client_of("root", "admin").put("/api/v1/tenants/new", json={})
        for statement in ("UPDATE audit_entry SET subject = 'x'", "DELETE FROM audit_entry"):
            with pytest.raises(sqlalchemy.exc.DBAPIError, match="append-only"):
                async with platform.database.transaction() as session:
                    await session.execute(sqlalchemy.text(statement))
        assert [e.what for e in await entries(platform)] == ["tenant new"]


async def test_a_log_that_cannot_be_written_is_said(
    client_of: ClientOf, asker: Asker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def gone(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("mlplatform.core.audit.refuse", gone)
    answer = await client_of("vera").post("/api/v1/tasks/task-queued/cancel")
    assert answer.status_code == 403
    assert "the audit log cannot be written" in capsys.readouterr().out
