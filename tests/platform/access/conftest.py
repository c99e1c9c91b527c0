"""The world of `world.py` on SQLite: what differs by database is tried in tests/platform/api."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from mlplatform.api.app import make_app
from mlplatform.core.platform import Platform
from mlplatform.tokens import Caller, Worker

from tests.platform.access import world
from tests.platform.access.routes import ROUTES, concrete

SUBJECTS = {
    "caller": "una",
    "stranger": "sam",
    "viewer": "vera",
    "editor": "ed",
    "admin": "ada",
    "owner": "maker",
    "platform": "root",
}


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/test.db"


class Asker:
    """Sends the examples of `ROUTES` with a token."""

    def __init__(self, platform: Platform, client: httpx.AsyncClient) -> None:
        self._ring, self._client = platform.keyring, client

    def token(self, who: str) -> str:
        """Of somebody with this role in `lab`, or of a task that runs there."""
        if who == "worker":
            return self._ring.issue_worker(Worker("task", "task-runs"))
        return self._ring.issue_caller(Caller(SUBJECTS[who], "admin" if who == "platform" else "user"), 60)

    async def send(self, route: tuple[str, str], who: str | None = None, token: str | None = None) -> httpx.Response:
        """The example of a route, as somebody or with a given token; with neither, without a token."""
        token = self.token(who) if who else token
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        method, path = route
        return await self._client.request(
            method, concrete(path, ROUTES[route]), headers=headers, **ROUTES[route].request
        )


@pytest.fixture
async def asker(platform: Platform) -> AsyncIterator[Asker]:
    await world.build(platform)
    app = make_app(platform)
    async with world.service_client() as app.state.http:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://test") as client:
            yield Asker(platform, client)
