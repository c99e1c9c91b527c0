"""Platforms to test: in process without a socket, on SQLite and on a real PostgreSQL; and one served by a process of its own."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy
import structlog
from mlplatform.api.app import make_app, services_client
from mlplatform.core.platform import Platform, open_platform
from mlplatform.embedded import settings_for
from mlplatform.storage.database import Database
from mlplatform.tokens import Caller

from tests.platform import postgresql
from tests.platform.served import Served, serve


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A command that a test runs in this process sets up logging for good, to a standard error that is gone afterwards."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlalchemy.URL]:
    """A PostgreSQL of its own."""
    if not postgresql.PROGRAMS:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with postgresql.Postgres(log=tmp_path_factory.mktemp("postgres") / "log") as server:
        yield sqlalchemy.make_url(server.url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/test.db"
    admin: sqlalchemy.URL = request.getfixturevalue("postgres")
    name = f"t{time.time_ns()}"
    engine = sqlalchemy.create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return admin.set(database=name).render_as_string()


@pytest.fixture
async def platform(database_url: str, tmp_path: Path) -> AsyncIterator[Platform]:
    """A platform with its tables and the system operators."""
    opened = open_platform(settings_for(tmp_path / "data", "127.0.0.1", 8443))
    platform = replace(opened, database=Database(database_url))
    await platform.database.migrate()
    yield platform
    await platform.database.close()
    await opened.database.close()


ClientOf = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def client_of(platform: Platform) -> AsyncIterator[ClientOf]:
    """Makes clients of the API: `client_of("ann")`, `client_of("root", "admin")`, `client_of(token=…)`."""
    clients: list[httpx.AsyncClient] = []
    app = make_app(platform)

    def make(subject: str = "ann", role: Any = "user", token: str | None = None) -> httpx.AsyncClient:
        token = platform.keyring.issue_caller(Caller(subject, role), 60) if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        clients.append(httpx.AsyncClient(transport=transport, base_url="https://test", headers=headers))
        return clients[-1]

    async with services_client() as outgoing:
        app.state.http = outgoing
        yield make
        for client in clients:
            await client.aclose()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`mlplatform serve` as a user starts it."""
    with serve(tmp_path_factory.mktemp("served")) as running:
        yield running
