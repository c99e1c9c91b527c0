"""Users as they sign in, and everything that must not let them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from mlplatform import passwords
from mlplatform.core.platform import Platform
from mlplatform.processes import configure_logs
from mlplatform.storage.tables import AuditEntry, RefreshToken, User
from sqlalchemy import select, update

from tests.platform.access.conftest import Asker
from tests.platform.access.routes import INVITATION, PASSWORD, REFRESH
from tests.platform.conftest import ClientOf

NEW = "a wholly new password"


class Session:
    """Somebody at a client, who signs in."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def post(self, path: str, **body: str) -> httpx.Response:
        return await self.client.post(f"/api/v1{path}", json=body)

    async def sign_in(self, password: str = PASSWORD, name: str = "una") -> httpx.Response:
        return await self.post("/login", name=name, password=password)


@pytest.fixture
def session(asker: Asker, client_of: ClientOf) -> Session:
    return Session(client_of(token=""))


async def test_signing_in_gives_a_token_that_works(session: Session, client_of: ClientOf) -> None:
    answer = await session.sign_in()
    tokens = answer.json()
    assert answer.status_code == 200 and tokens["token_type"] == "Bearer" and tokens["expires_in"] == 900
    assert (await client_of(token=tokens["access_token"]).get("/api/v1/tasks")).status_code == 200
    assert (await client_of(token=tokens["refresh_token"]).get("/api/v1/tasks")).status_code == 401


async def test_a_wrong_password_an_unknown_name_and_a_disabled_user_look_the_same(
    session: Session, client_of: ClientOf
) -> None:
    wrong, unknown = await session.sign_in("not the password"), await session.sign_in(name="nobody")
    await client_of("root", "admin").put("/api/v1/users/una/disabled", json={"disabled": True})
    disabled = await session.sign_in()
    bodies = [a.json() | {"instance": ""} for a in (wrong, unknown, disabled)]
    assert wrong.status_code == 401 and bodies[0] == bodies[1] == bodies[2]


async def test_an_unknown_name_costs_a_hash_too(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []
    verify = passwords._verify
    monkeypatch.setattr(passwords, "_verify", lambda stored, word: asked.append(stored) or verify(stored, word))
    await session.sign_in(name="nobody")
    assert asked == [None]
    assert passwords._verify(None, "") is False  # though it is the password of the hash that stands in


async def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_family(platform: Platform, session: Session) -> None:
    first = (await session.sign_in()).json()["refresh_token"]
    second = (await session.post("/login/refresh", refresh_token=first)).json()["refresh_token"]
    stolen = await session.post("/login/refresh", refresh_token=first)
    assert stolen.status_code == 401 and stolen.json()["type"].endswith("token_reused")
    assert (await session.post("/login/refresh", refresh_token=second)).status_code == 401
    assert (await session.post("/login/refresh", refresh_token=REFRESH)).status_code == 200  # another family
    async with platform.database.transaction() as work:
        log = [(e.action, e.outcome, e.code) for e in await work.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert ("refresh_tokens", "refused", "token_reused") in log


async def test_a_refresh_token_runs_out(platform: Platform, session: Session) -> None:
    async with platform.database.transaction() as work:
        await work.execute(update(RefreshToken).values(expires=datetime.now(UTC) - timedelta(seconds=1)))
    assert (await session.post("/login/refresh", refresh_token=REFRESH)).status_code == 401


async def test_signing_out_ends_the_family_and_twice_is_no_error(session: Session) -> None:
    for _ in range(2):
        assert (await session.post("/logout", refresh_token=REFRESH)).status_code == 204
    assert (await session.post("/login/refresh", refresh_token=REFRESH)).status_code == 401


async def test_disabling_counts_from_the_next_request_on(session: Session, client_of: ClientOf) -> None:
    una, root = client_of(token=(await session.sign_in()).json()["access_token"]), client_of("root", "admin")
    assert (await una.get("/api/v1/tasks")).status_code == 200
    shown = (await root.put("/api/v1/users/una/disabled", json={"disabled": True})).json()
    assert shown["disabled"] and (await una.get("/api/v1/tasks")).status_code == 401
    assert (await session.post("/login/refresh", refresh_token=REFRESH)).status_code == 401
    assert (await session.post("/login/password", name="una", token=INVITATION, password=NEW)).status_code == 401
    await root.put("/api/v1/users/una/disabled", json={"disabled": False})
    assert (await session.sign_in()).status_code == 200


async def test_a_user_is_made_without_a_password_and_sets_one_once(session: Session, client_of: ClientOf) -> None:
    root = client_of("root", "admin")
    made = (await root.post("/api/v1/users", json={"name": "ben"})).json()
    assert (await root.post("/api/v1/users", json={"name": "ben"})).status_code == 409
    assert (await session.sign_in("", name="ben")).status_code == 401
    setting = {"name": "ben", "token": made["token"], "password": NEW}
    assert (await session.post("/login/password", **setting | {"name": "una"})).status_code == 401
    assert (await session.post("/login/password", **setting)).status_code == 204
    assert (await session.post("/login/password", **setting)).status_code == 401
    assert (await session.sign_in(NEW, name="ben")).status_code == 200
    listed = (await root.get("/api/v1/users")).json()["items"]
    assert [(u["name"], u["has_password"]) for u in listed] == [("ben", True), ("una", True)]
    await root.post("/api/v1/users/ben/reset")
    assert (await session.sign_in(NEW, name="ben")).status_code == 401


async def test_changing_ones_password_needs_the_old_and_ends_what_was_signed_in(
    session: Session, client_of: ClientOf
) -> None:
    una = client_of("una")
    assert (await una.put("/api/v1/account/password", json={"old": "wrong", "new": NEW})).status_code == 403
    assert (await una.put("/api/v1/account/password", json={"old": PASSWORD, "new": NEW})).status_code == 204
    assert (await session.post("/login/refresh", refresh_token=REFRESH)).status_code == 401
    assert (await session.sign_in()).status_code == 401
    assert (await session.sign_in(NEW)).status_code == 200


@pytest.mark.parametrize("password", ["short", "x" * 11, "x" * 201])
async def test_a_password_against_the_rules(session: Session, password: str) -> None:
    answer = await session.post("/login/password", name="una", token=INVITATION, password=password)
    assert answer.status_code == 422 and password not in answer.text


def test_the_name_is_no_password_and_unicode_has_one_form() -> None:
    with pytest.raises(Exception, match="invalid"):
        passwords.check_rules("a-rather-long-name", "A-Rather-Long-Name")
    passwords.check_rules("una", "密码密码密码密码密码密码")
    assert passwords._verify(passwords._hasher.hash(passwords._normal("ﬁ" * 12)), "fi" * 12)


async def test_old_parameters_are_replaced_at_the_next_signing_in(platform: Platform, session: Session) -> None:
    async def stored() -> str:
        async with platform.database.transaction() as work:
            return (await work.get_one(User, "una")).password_hash or ""

    assert passwords.outdated(await stored())
    await session.sign_in()
    assert not passwords.outdated(await stored()) and "m=65536,t=3,p=4" in await stored()
    assert (await session.sign_in()).status_code == 200


async def test_guessing_is_slowed_by_address_and_locks_nobody_else_out(session: Session, client_of: ClientOf) -> None:
    answers = [await session.sign_in("wrong wrong wrong", name=f"u{i}") for i in range(11)]
    assert [a.status_code for a in answers] == [401] * 10 + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].headers["content-type"] == "application/problem+json"
    app = session.client._transport.app  # type: ignore[attr-defined]
    elsewhere = httpx.ASGITransport(app, client=("10.0.0.9", 1))
    async with httpx.AsyncClient(transport=elsewhere, base_url="https://test") as other:
        assert (await Session(other).sign_in()).status_code == 200


async def test_a_subject_and_a_workload_have_limits_of_their_own(platform: Platform, client_of: ClientOf) -> None:
    from mlplatform.api.limits import Limits
    from mlplatform.tokens import Worker

    ann, bob = client_of("ann"), client_of("bob")
    worker = client_of(token=platform.keyring.issue_worker(Worker("task", "none")))
    tight = platform.settings.model_copy(update={"rate_caller": "2/minute", "rate_worker": "1/minute"})
    ann._transport.app.state.limits = Limits(tight)  # type: ignore[attr-defined]
    assert [(await ann.get("/api/v1/keys")).status_code for _ in range(3)] == [200] * 3
    assert [(await ann.get("/api/v1/tasks")).status_code for _ in range(3)] == [200, 200, 429]
    assert (await bob.get("/api/v1/tasks")).status_code == 200
    assert [(await worker.get("/api/v1/worker")).status_code for _ in range(2)] == [410, 429]


async def test_no_secret_is_logged_or_stored(
    platform: Platform,
    session: Session,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    configure_logs()  # as the processes do: structlog's own way prints the variables of an exception's frames
    request.addfinalizer(structlog.reset_defaults)
    tokens = (await session.sign_in()).json()
    made = (await client_of("root", "admin").post("/api/v1/users", json={"name": "ben"})).json()
    await session.sign_in("a wrong secret word")
    await session.client.post("/api/v1/login", json={"name": "una", "password": [PASSWORD]})

    async def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("mlplatform.core.users._sign_out", broken)
    assert (await session.post("/login/password", name="una", token=INVITATION, password=NEW)).status_code == 500
    structlog.get_logger().info("the log is captured")
    said = "".join(capfd.readouterr())
    assert "the log is captured" in said and "RuntimeError" in said
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("test.db*"))
    secret = [
        PASSWORD,
        NEW,
        INVITATION,
        "a wrong secret word",
        *(tokens[k] for k in ("access_token", "refresh_token")),
        made["token"],
    ]
    for word in secret:
        assert word not in said and word.encode() not in kept
