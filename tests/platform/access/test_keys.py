"""Several keys at once, and every kind of token on every route."""

from __future__ import annotations

from pathlib import Path

import jwt
import pytest
from mlplatform import keys
from mlplatform.cli.main import app
from mlplatform.core.platform import Platform
from mlplatform.tokens import Caller, InvalidToken, Keyring, Worker
from typer.testing import CliRunner

from tests.platform.access.conftest import Asker
from tests.platform.access.routes import ROUTES

ANN = Caller("ann", "user")


async def test_every_route_takes_tokens_of_its_own_audience_and_sets_no_cookie(
    platform: Platform, asker: Asker
) -> None:
    ring = platform.keyring
    folder = platform.settings.signing_key
    first = ring.known()[0].kid
    of_removed = ring.issue_caller(Caller("root", "admin"), 60)
    keys.rotate(folder)
    keys.remove(folder, first)
    tokens = {
        "none": None,
        "empty": "",
        "api": ring.issue_caller(ANN, 60),
        "worker": ring.issue_worker(Worker("task", "task-runs")),
        "metrics": ring.issue_scraper("monitoring", 60),
        "expired": ring.issue_caller(Caller("root", "admin"), -1),
        "removed": of_removed,
    }
    for route, example in ROUTES.items():
        takes = {"anybody": set(tokens), "worker": {"worker"}, "metrics": {"metrics"}}.get(example.who, {"api"})
        for name, token in tokens.items():
            if example.who == "stream" and name in takes:
                continue
            answer = await asker.send(route, token=token)
            refused = answer.status_code == 401 and answer.json()["type"].endswith(":unauthorized")
            assert refused == (name not in takes), (route, name, answer.text)
            assert "set-cookie" not in answer.headers, route
        if example.who != "stream":
            assert "set-cookie" not in (await asker.send(route, "platform")).headers, route


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keys.rotate(tmp_path)
    return tmp_path


def test_the_newest_signs_and_the_older_verify_until_removed(folder: Path) -> None:
    ring = Keyring.load(folder)
    old, old_token = ring.known()[0], ring.issue_caller(ANN, 60)
    new = keys.rotate(folder)
    token = ring.issue_caller(ANN, 60)  # the ring was not told: it sees
    assert jwt.get_unverified_header(token)["kid"] == new.kid != old.kid
    assert ring.check_caller(old_token) == ring.check_caller(token) == ANN
    keys.remove(folder, old.kid)
    assert ring.check_caller(token) == ANN
    with pytest.raises(InvalidToken, match="unknown key"):
        ring.check_caller(old_token)


def test_a_single_file_is_a_key_and_one_without_a_time_is_the_oldest(tmp_path: Path) -> None:
    file = tmp_path / "signing.pem"
    file.write_bytes(keys.new_key())
    alone = Keyring.load(file)
    token = alone.issue_caller(ANN, 60)
    rotated = keys.rotate(tmp_path)
    both = Keyring.load(tmp_path)
    assert [k.kid for k in both.known()] == [alone.known()[0].kid, rotated.kid]
    assert both.check_caller(token) == ANN


def test_what_is_no_key_does_not_keep_a_removed_one_good(folder: Path) -> None:
    ring = Keyring.load(folder)
    token = ring.issue_caller(ANN, 60)
    (folder / "zzz.pem").write_text("nonsense")
    assert ring.check_caller(token) == ANN
    with pytest.raises(ValueError):
        Keyring.load(folder)
    keys.files(folder)[0].unlink()
    with pytest.raises(InvalidToken):
        ring.check_caller(token)


async def test_the_public_keys_verify_a_token(platform: Platform, asker: Asker) -> None:
    keys.rotate(platform.settings.signing_key)
    document = (await asker.send(("GET", "/api/v1/keys"))).json()
    assert len(document["keys"]) == 2 and all("d" not in key for key in document["keys"])
    token = platform.keyring.issue_caller(ANN, 60)
    key = jwt.PyJWKSet.from_dict(document)[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key.key, algorithms=["EdDSA"], audience="api")["sub"] == "ann"


def test_the_command_rotates_lists_and_removes(folder: Path) -> None:
    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["key", *words, "--keys", str(folder)])
        assert done.exit_code == code, done.output
        return done.output

    old = run("list").split()[0]
    new = run("rotate").strip()
    assert [line.split()[:2] for line in run("list").splitlines()] == [[old, "verifies"], [new, "signs"]]
    assert "rotate first" in run("remove", new, code=2)
    assert "no key" in run("remove", "nonsense", code=2)
    run("remove", old)
    assert [line.split()[0] for line in run("list").splitlines()] == [new]
    assert all(file.stat().st_mode & 0o077 == 0 for file in keys.files(folder))
