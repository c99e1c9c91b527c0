"""Every route of the application, found by its OpenAPI description: none without a token, none with a cookie."""

from __future__ import annotations

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mlplatform.api.app import make_app
from mlplatform.core.platform import Platform
from mlplatform.keys import SigningKey
from mlplatform.tokens import Caller, InvalidToken, Keyring, Worker

from tests.platform.conftest import ClientOf

LOGIN = {"/api/v1/login", "/api/v1/login/refresh", "/api/v1/login/password", "/api/v1/logout"}
OPEN = {"/healthz", "/readyz", "/api/v1/keys"} | LOGIN


@pytest.fixture
def database_url(tmp_path: object) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/test.db"


def routes(platform: Platform) -> list[tuple[str, str]]:
    paths = make_app(platform).openapi()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


async def test_no_route_answers_without_a_token_and_none_sets_a_cookie(platform: Platform, client_of: ClientOf) -> None:
    found = routes(platform)
    assert len(found) > 20
    wrong = {
        "no": client_of(token=""),
        "forged": client_of(token=Keyring(_other()).issue_caller(Caller("x", "admin"), 60)),
    }
    right = client_of("root", "admin")
    for method, path in found:
        concrete = path.replace("{stream}", "output").replace("{version}", "1").replace("{", "").replace("}", "")
        for name, client in wrong.items():
            answer = await client.request(method, concrete, params={"rank": 0, "offset": 0, "file": "f"})
            assert "set-cookie" not in answer.headers, path
            if path not in OPEN:
                assert answer.status_code == 401, (name, method, path, answer.text)
                assert answer.headers["www-authenticate"] == "Bearer"
        answer = await right.request(method, concrete, params={"rank": 0, "offset": 0, "file": "f"})
        assert "set-cookie" not in answer.headers, path
        assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["x-request-id"]


async def test_the_description_is_complete(platform: Platform) -> None:
    for path, methods in make_app(platform).openapi()["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description") or operation.get("summary"), (method, path)
            assert "application/problem+json" in operation["responses"]["default"]["content"], (method, path)
            assert path in OPEN or operation.get("security"), (method, path)


@pytest.fixture
def ring() -> Keyring:
    return Keyring(_other())


def test_tokens_are_for_one_audience(ring: Keyring) -> None:
    with pytest.raises(InvalidToken):
        ring.check_worker(ring.issue_caller(Caller("a", "admin"), 60))
    with pytest.raises(InvalidToken):
        ring.check_caller(ring.issue_worker(Worker("task", "t")))


def test_expired_foreign_and_unsigned_tokens_are_refused(ring: Keyring) -> None:
    claims = {
        "iss": "mlplatform",
        "aud": "api",
        "sub": "a",
        "role": "admin",
        "iat": int(time.time()),
        "exp": int(time.time()) + 60,
    }
    head = {"kid": jwt.get_unverified_header(ring.issue_caller(Caller("a", "user"), 60))["kid"]}
    for token in (
        ring.issue_caller(Caller("a", "admin"), -1),
        Keyring(_other()).issue_caller(Caller("a", "admin"), 60),
        jwt.encode(claims, None, algorithm="none", headers=head),
        jwt.encode(claims, "x" * 32, algorithm="HS256", headers=head),
        "",
        "a.b.c",
    ):
        with pytest.raises(InvalidToken):
            ring.check_caller(token)


def _other() -> SigningKey:
    return SigningKey(Ed25519PrivateKey.generate())
