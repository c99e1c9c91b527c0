"""What the Kubernetes executor sends, and how it takes answers; the API server is a function here, the real one is in tests/lab."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from mlplatform.executors.base import ExecutorError, Status, Work
from mlplatform.executors.kubernetes import KubernetesExecutor
from mlplatform.executors.objects import Cluster

from tests.platform.executors.test_objects import launch

Answer = Callable[[httpx.Request], httpx.Response]
NAMESPACE = "slipway-workloads"


class Server:
    """Remembers requests; answers 200 and an empty list unless told otherwise."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: dict[tuple[str, str], httpx.Response] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        known = self.answers.get((request.method, request.url.path.rsplit("/", 1)[1]))
        return known or httpx.Response(200, json={"items": []})

    @property
    def calls(self) -> list[str]:
        return [f"{r.method} {r.url.path.split(NAMESPACE + '/')[-1]}" for r in self.requests]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def executor(server: Server) -> KubernetesExecutor:
    client = httpx.AsyncClient(transport=httpx.MockTransport(server), base_url="https://kubernetes")
    return KubernetesExecutor(client, Cluster(NAMESPACE, "https://api.slipway.svc"))


async def test_the_token_is_there_before_what_needs_it(executor: KubernetesExecutor, server: Server) -> None:
    await executor.start(launch(replicas=2))
    name = "task-0pgfr2c8vvt3cic0"
    assert server.calls == [f"PATCH secrets/{name}", "POST services", "POST networkpolicies", "POST jobs"]
    assert server.requests[0].headers["content-type"] == "application/apply-patch+yaml"
    assert json.loads(server.requests[-1].content)["metadata"]["name"] == name


async def test_starting_again_only_renews_the_token(executor: KubernetesExecutor, server: Server) -> None:
    server.answers["POST", "jobs"] = httpx.Response(409, json={"message": "already exists"})
    await executor.start(launch())
    assert server.calls[0].startswith("PATCH secrets/")


async def test_stopping_takes_everything_away_however_often(executor: KubernetesExecutor, server: Server) -> None:
    name = "svc-0pgfr2c8vvt3cic0"
    server.answers["DELETE", name] = httpx.Response(404, json={"message": "not found"})
    await executor.stop(launch("service").work)
    assert server.calls == [f"DELETE deployments/{name}", f"DELETE services/{name}", f"DELETE secrets/{name}"]


async def test_statuses_take_three_requests(executor: KubernetesExecutor, server: Server) -> None:
    works = [Work("task", f"t{i}") for i in range(50)]
    job = {"metadata": {"labels": {"slipway.io/work": "t3"}}, "spec": {"completions": 1}}
    complete = {"conditions": [{"type": "Complete", "status": "True"}]}
    server.answers["GET", "jobs"] = httpx.Response(200, json={"items": [job | {"status": complete}]})
    statuses = await executor.statuses(works)
    assert len(server.requests) == 3
    assert statuses[works[3]] == Status("succeeded") and statuses[works[4]] == Status("absent")
    assert await executor.statuses([]) == {}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (httpx.Response(403, json={"message": "jobs is forbidden"}), "403 jobs is forbidden"),
        (httpx.Response(500, text="etcd leader changed"), "500 etcd leader changed"),
    ],
)
async def test_a_refusal_is_told_in_the_server_s_words(
    executor: KubernetesExecutor, server: Server, answer: httpx.Response, says: str
) -> None:
    server.answers["POST", "jobs"] = answer
    with pytest.raises(ExecutorError, match=says):
        await executor.start(launch())


async def test_an_api_server_that_is_away_is_an_executor_error() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client = httpx.AsyncClient(transport=httpx.MockTransport(away), base_url="https://kubernetes")
    executor = KubernetesExecutor(client, Cluster(NAMESPACE, "https://api"))
    with pytest.raises(ExecutorError, match="ConnectError"):
        await executor.nodes()


async def test_work_on_a_silent_node_is_lost_within_30_seconds_and_not_when_nobody_could_look(
    executor: KubernetesExecutor, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1000.0
    monkeypatch.setattr("mlplatform.executors.kubernetes.time.monotonic", lambda: clock)
    job = {"metadata": {"labels": {"slipway.io/work": "t"}}, "spec": {"completions": 1}, "status": {}}
    pod = {"metadata": job["metadata"], "spec": {"nodeName": "n1"}, "status": {"phase": "Running"}}
    server.answers["GET", "jobs"] = httpx.Response(200, json={"items": [job]})
    server.answers["GET", "pods"] = httpx.Response(200, json={"items": [pod]})
    work = Work("task", "t")

    async def look(renewed: int | None, after: float) -> Status:
        nonlocal clock
        clock += after
        leases = [{"metadata": {"name": "n1"}, "spec": {"renewTime": str(renewed)}}] if renewed is not None else []
        server.answers["GET", "leases"] = httpx.Response(200, json={"items": leases})
        return (await executor.statuses([work]))[work]

    assert await look(1, 0) == Status("running")
    assert await look(1, 600) == Status("running")  # the API server was away; the node had no chance
    assert await look(2, 1) == Status("running")
    seconds = 0
    while (await look(2, 1)).phase == "running":
        seconds += 1
        assert seconds < 30
    lost = await look(2, 1)
    assert (lost.phase, lost.lost) == ("failed", True) and "n1" in lost.detail
    server.answers["GET", "jobs"] = httpx.Response(200, json={"items": []})
    assert await look(2, 1) == Status("absent")  # its pod ends when the node is back, and nobody waits for that
    assert (await look(3, 1)).phase == "running"  # back: the pod is ending
    assert await look(None, 1) == Status("absent")  # the node was removed


class Mirrored:
    """A server whose watches tell what the test puts into their queues; refuses them while `broken`."""

    def __init__(self) -> None:
        self.items: dict[str, list[dict[str, Any]]] = {"jobs": [], "pods": [], "leases": []}
        self.events: dict[str, asyncio.Queue[dict[str, Any]]] = {"jobs": asyncio.Queue(), "pods": asyncio.Queue()}
        self.lists: list[str] = []
        self.broken = False

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        kind = request.url.path.rsplit("/", 1)[1]
        if "watch" in request.url.params:
            return httpx.Response(403) if self.broken else httpx.Response(200, stream=self.Stream(self.events[kind]))
        self.lists.append(kind)
        body = {"metadata": {"resourceVersion": "1"}, "items": self.items.get(kind, [])}
        return httpx.Response(200, json=body)

    class Stream(httpx.AsyncByteStream):
        def __init__(self, events: asyncio.Queue[dict[str, Any]]) -> None:
            self._events = events

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield json.dumps(await self._events.get()).encode() + b"\n"


@pytest.fixture
def mirrored() -> Mirrored:
    return Mirrored()


@pytest.fixture
async def mirroring(mirrored: Mirrored) -> AsyncIterator[tuple[KubernetesExecutor, asyncio.Event]]:
    """An executor with mirrors, and what it tells of changes."""
    told = asyncio.Event()
    client = httpx.AsyncClient(transport=httpx.MockTransport(mirrored), base_url="https://kubernetes")
    executor = KubernetesExecutor(client, Cluster(NAMESPACE, "https://api.slipway.svc"), told.set)
    yield executor, told
    await executor.close()


def job(status: dict[str, Any]) -> dict[str, Any]:
    work = launch().work
    metadata = {"name": f"task-{work.id}", "labels": {"slipway.io/work": work.id}}
    return {"metadata": metadata, "spec": {"completions": 1}, "status": status}


COMPLETE = {"conditions": [{"type": "Complete", "status": "True"}]}


async def seen(
    executor: KubernetesExecutor, told: asyncio.Event, wanted: Callable[[Status], bool], work: Work | None = None
) -> None:
    """Look, then each time that a change is told of, until the status is as wanted."""
    work = work or launch().work
    async with asyncio.timeout(30):
        while not wanted((await executor.statuses([work]))[work]):
            await told.wait()
            told.clear()


async def test_changes_in_the_cluster_are_told_of_and_mirrored(
    mirroring: tuple[KubernetesExecutor, asyncio.Event], mirrored: Mirrored
) -> None:
    executor, told = mirroring
    await seen(executor, told, lambda status: status.phase == "absent")
    mirrored.events["jobs"].put_nowait({"type": "ADDED", "object": job({})})
    await seen(executor, told, lambda status: status.phase == "starting")
    mirrored.events["jobs"].put_nowait({"type": "MODIFIED", "object": job(COMPLETE)})
    await seen(executor, told, lambda status: status.phase == "succeeded")
    mirrored.lists.clear()
    await executor.statuses([launch().work])
    assert mirrored.lists == ["leases"]
    mirrored.events["jobs"].put_nowait({"type": "DELETED", "object": job(COMPLETE)})
    await seen(executor, told, lambda status: status.phase == "absent")


async def test_a_watch_whose_version_is_too_old_begins_anew(
    mirroring: tuple[KubernetesExecutor, asyncio.Event], mirrored: Mirrored
) -> None:
    executor, told = mirroring
    await seen(executor, told, lambda status: status.phase == "absent")
    mirrored.items["jobs"] = [job(COMPLETE)]
    mirrored.events["jobs"].put_nowait({"type": "ERROR", "object": {"code": 410}})
    await seen(executor, told, lambda status: status.phase == "succeeded")


async def test_without_a_watch_everything_is_asked_for(
    mirroring: tuple[KubernetesExecutor, asyncio.Event], mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlplatform.executors.mirror.AGAIN", 3600)
    executor, told = mirroring
    mirrored.broken = True
    await seen(executor, told, lambda status: status.phase == "absent")
    async with asyncio.timeout(30):
        while any(mirror.objects is not None for mirror in executor._mirrors.values()):
            await asyncio.sleep(0)  # until both were refused
    mirrored.items["jobs"] = [job(COMPLETE)]
    assert (await executor.statuses([launch().work]))[launch().work] == Status("succeeded")


async def test_what_was_started_just_now_is_not_started_again(
    mirroring: tuple[KubernetesExecutor, asyncio.Event], mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor, _ = mirroring
    work = launch().work
    await executor.start(launch())
    assert (await executor.statuses([work]))[work].phase == "starting"  # no mirror shows it
    monkeypatch.setattr("mlplatform.executors.kubernetes.UNSEEN", 0)
    assert (await executor.statuses([work]))[work].phase == "absent"
    await executor.start(launch())
    await executor.stop(work)  # before a look has shown it: the mirrors cannot know
    mirrored.lists.clear()
    await executor.statuses([work])
    assert "jobs" in mirrored.lists and "pods" in mirrored.lists


async def test_what_was_not_made_is_not_taken_away(executor: KubernetesExecutor, server: Server) -> None:
    await executor.start(launch())
    server.requests.clear()
    name = "task-0pgfr2c8vvt3cic0"
    await executor.stop(launch().work)
    assert server.calls == [f"DELETE jobs/{name}", f"DELETE secrets/{name}"]
    await executor.stop(launch().work)  # it is not known any more what there was
    assert f"DELETE networkpolicies/{name}" in server.calls
