"""The Kubernetes API server away, overloaded or broken: what runs counts as running until it says otherwise, and nothing starts twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from mlplatform.core import tasks
from mlplatform.core.platform import Platform
from mlplatform.executors.base import ExecutorError, Work
from mlplatform.executors.kubernetes import LONGEST_WAIT, KubernetesExecutor
from mlplatform.executors.objects import Cluster
from mlplatform.scheduler.loops import Scheduler

from tests.platform.scheduler.test_loops import ANN, submit

NAMESPACE = "slipway-workloads"
LABEL = "slipway.io/work"


class ApiServer:
    """One node, and Jobs whose pods run at once; `fault` answers instead of it."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.created: list[str] = []
        self.fault: Callable[[httpx.Request], httpx.Response] | None = None
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return self.fault(request) if self.fault else self._answer(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if request.method == "POST" and name == "jobs":
            job = json.loads(request.content)
            if job["metadata"]["name"] in self.jobs:
                return httpx.Response(409, json={"message": "already exists"})
            self.jobs[job["metadata"]["name"]] = job | {"status": {}}
            self.created.append(job["metadata"]["name"])
        if request.method == "DELETE":
            return httpx.Response(200 if self.jobs.pop(name, None) else 404, json={})
        if request.method != "GET":
            return httpx.Response(200, json={})
        ready = {"conditions": [{"type": "Ready", "status": "True"}], "allocatable": {"cpu": "4", "memory": "8Gi"}}
        pods = [
            {"metadata": job["metadata"], "spec": {"nodeName": "n1", "containers": []}, "status": {"phase": "Running"}}
            for job in self.jobs.values()
        ]
        lists: dict[str, list[dict[str, Any]]] = {
            "nodes": [{"metadata": {"name": "n1"}, "spec": {}, "status": ready}],
            "leases": [{"metadata": {"name": "n1"}, "spec": {"renewTime": str(self.asked)}}],
            "jobs": list(self.jobs.values()),
            "pods": pods if "namespaces" in request.url.path else [],
        }
        return httpx.Response(200, json={"items": lists.get(name, [])})

    def finish(self, id_: str) -> None:
        self.jobs[f"task-{id_}"]["status"] = {"conditions": [{"type": "Complete", "status": "True"}]}


def _raises(error: type[httpx.HTTPError]) -> Callable[[httpx.Request], httpx.Response]:
    def fault(request: httpx.Request) -> httpx.Response:
        raise error("away", request=request)  # type: ignore[call-arg]

    return fault


FAULTS: dict[str, Callable[[httpx.Request], httpx.Response]] = {
    "refused": _raises(httpx.ConnectError),
    "hangs": _raises(httpx.ReadTimeout),
    "breaks off": _raises(httpx.RemoteProtocolError),
    "500": lambda _: httpx.Response(500, text="etcd leader changed"),
    "503": lambda _: httpx.Response(503, json={"message": "shutting down"}),
    "429": lambda _: httpx.Response(429, headers={"Retry-After": "0"}, json={"message": "too many requests"}),
    "410": lambda _: httpx.Response(410, json={"message": "too old resource version", "reason": "Expired"}),
    "401": lambda _: httpx.Response(401, json={"message": "Unauthorized"}),
    "no JSON": lambda _: httpx.Response(200, text="<html>a proxy's page</html>"),
    "other JSON": lambda _: httpx.Response(200, json={"kind": "Status"}),
}


def _executor(server: ApiServer) -> KubernetesExecutor:
    client = httpx.AsyncClient(transport=httpx.MockTransport(server), base_url="https://kubernetes")
    return KubernetesExecutor(client, Cluster(NAMESPACE, "https://api"))


async def _round(scheduler: Scheduler) -> None:
    """One of each loop, as `Scheduler.run` takes a failure."""
    for step in (scheduler.dispatch, scheduler.watch_tasks, scheduler.watch_services):
        try:
            await step()
        except ExecutorError:
            continue


async def test_work_goes_on_while_the_api_server_is_away(platform: Platform) -> None:
    server = ApiServer()
    scheduler = Scheduler(platform, _executor(server), tick=0)
    running, created = await submit(platform, 0.1), 1
    await _round(scheduler)
    await _round(scheduler)
    for name, fault in FAULTS.items():
        server.fault = fault
        waiting, unwanted = await submit(platform, 0.1), await submit(platform, 0.1)
        await tasks.cancel(platform, ANN, unwanted.id)
        for _ in range(3):
            await _round(scheduler)
        assert (await tasks.get(platform, ANN, running.id)).state == "running", name
        assert (await tasks.get(platform, ANN, waiting.id)).state == "queued", name
        server.fault = None
        await _round(scheduler)
        await _round(scheduler)
        assert (await tasks.get(platform, ANN, waiting.id)).state == "running", name
        created += 1
    server.finish(running.id)
    await _round(scheduler)
    assert (await tasks.get(platform, ANN, running.id)).state == "succeeded"
    assert len(server.created) == len(set(server.created)) == created  # each once


async def test_a_start_whose_answer_was_lost_is_repeated_and_not_doubled(platform: Platform) -> None:
    server = ApiServer()
    scheduler = Scheduler(platform, _executor(server), tick=0)
    task = await submit(platform)

    def lost(request: httpx.Request) -> httpx.Response:
        answer = server._answer(request)
        if request.method == "POST":
            raise httpx.ReadTimeout("lost", request=request)
        return answer

    server.fault = lost
    await _round(scheduler)
    server.fault = None
    for _ in range(3):
        await _round(scheduler)
    assert (await tasks.get(platform, ANN, task.id)).state == "running"
    assert server.created == [f"task-{task.id}"]


async def test_an_api_server_that_asks_to_wait_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, server = 1000.0, ApiServer()
    monkeypatch.setattr("mlplatform.executors.kubernetes.time.monotonic", lambda: clock)
    executor, work = _executor(server), [Work("task", "t")]
    server.fault = lambda _: httpx.Response(429, headers={"Retry-After": "7200"}, json={"message": "too many requests"})
    with pytest.raises(ExecutorError, match="429 too many requests"):
        await executor.statuses(work)
    server.fault, asked = None, server.asked
    clock += LONGEST_WAIT - 1
    with pytest.raises(ExecutorError, match="asked to wait; 1 s more"):
        await executor.statuses(work)
    assert server.asked == asked
    clock += 2  # it asked for two hours: nobody is blind for so long
    await executor.statuses(work)
