"""What the API does between a caller and a service."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpcore
import pytest
from mlplatform.core.platform import Platform
from mlplatform.models.operator import Resources
from mlplatform.models.workload import WorkloadSpec
from mlplatform.storage.tables import Artifact, Service

from tests.platform.conftest import ClientOf


async def publish(platform: Platform, endpoint: str) -> None:
    """A service of ann's that is ready at `endpoint`, as the scheduler leaves it."""
    spec = WorkloadSpec(image="serving", command=["serve"], params={}, inputs={}, outputs={}, resources=Resources())
    common = {"owner": "ann", "tenant": "default", "created_at": datetime.now(UTC)}
    artifact = Artifact(id="m1", kind="model", name="digits", version=1, metrics={}, files=[], **common)
    service = Service(
        id="s1", name="digits", operator="serve-model", operator_version="1.0.0", spec=spec.model_dump(), priority=0,
        state="ready", placement=["n1"], artifact=artifact, endpoint=endpoint, **common,
    )  # fmt: skip
    async with platform.database.transaction() as session:
        session.add_all([artifact, service])


@asynccontextmanager
async def answering(listener: socket.socket) -> AsyncIterator[None]:
    """A service on a bound socket: answers every request with `{"outputs": []}`."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps({"outputs": []}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, sock=listener):
        yield


async def test_a_service_whose_address_is_new_is_waited_for(
    platform: Platform, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))  # bound, but nobody listens yet: connections are refused
    waits: list[float] = []
    await publish(platform, f"http://127.0.0.1:{listener.getsockname()[1]}")
    async with asyncio.TaskGroup() as group:
        up, down = asyncio.Event(), asyncio.Event()

        async def serve() -> None:
            async with answering(listener):
                up.set()
                await down.wait()

        async def wait(_: object, seconds: float) -> None:
            waits.append(seconds)
            if seconds >= 1:
                group.create_task(serve())
                await up.wait()

        monkeypatch.setattr(httpcore._backends.auto.AutoBackend, "sleep", wait)
        answer = await client_of().post("/api/v1/services/digits/infer", json={"inputs": []})
        down.set()
    assert answer.status_code == 200, answer.text
    assert waits == [0, 0.5, 1]


async def test_a_service_that_stays_away_is_told(
    platform: Platform, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_wait(*_: object) -> None: ...

    monkeypatch.setattr(httpcore._backends.auto.AutoBackend, "sleep", no_wait)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        await publish(platform, f"http://127.0.0.1:{nobody.getsockname()[1]}")
        answer = await client_of().post("/api/v1/services/digits/infer", json={"inputs": []})
    assert answer.status_code == 502
    assert answer.json()["type"].endswith("service_unreachable")
