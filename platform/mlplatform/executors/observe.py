"""What Kubernetes objects say of a workload, and of the nodes. Pure functions of the API's answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mlplatform.executors.base import RUNNER_FAILED, Status
from mlplatform.executors.objects import GPU, MANAGED_BY
from mlplatform.models.quantity import millicores, parse
from mlplatform.scheduler.state import Amount, Node

Object = dict[str, Any]
GPU_MODEL = "nvidia.com/gpu.product"
"""The label that NVIDIA's feature discovery puts on a node."""
RESTARTS = 3
"""A service that dies this often while starting will not come up by itself."""
HEADROOM = Amount(cpu=50, memory=64 << 20)
"""Kept free on each node, for what the node's own agents take beyond what they ask for."""


def task_status(job: Object | None, pods: Sequence[Object], lost: str | None = None) -> Status:
    """How a task stands.

    Args:
        job, pods: what there is of it, without pods on lost nodes.
        lost: a lost node that one of its pods is on.
    """
    if job is None:
        return Status("running", "its pods are ending") if pods else Status("absent")
    for condition in job.get("status", {}).get("conditions") or []:
        if condition["status"] == "True" and condition["type"] in ("Complete", "SuccessCriteriaMet"):
            return Status("succeeded")
        if condition["status"] == "True" and condition["type"] in ("Failed", "FailureTarget"):
            death = _first_death(pods)
            if death is None:  # its pods were taken away
                return Status("failed", condition.get("message", ""), lost=True)
            return Status("failed", death.detail, lost=death.lost)
    if lost:
        return _lost(lost)
    if len(pods) == job["spec"]["completions"] and all(
        p["status"].get("phase") in ("Running", "Succeeded") for p in pods
    ):
        return Status("running")
    return Status("starting", _waits(pods))


def service_status(deployment: Object | None, pods: Sequence[Object], endpoint: str, lost: str | None = None) -> Status:
    """How a service stands: ready when one replica is, since that can answer. `lost` as for tasks."""
    if deployment is None:
        return Status("starting", "its pods are ending") if pods else Status("absent")
    if lost and not pods:
        return _lost(lost)
    if deployment.get("status", {}).get("availableReplicas", 0) > 0:
        return Status("ready", endpoint=endpoint)
    for pod in pods:
        for container in _containers(pod):
            if container.get("restartCount", 0) >= RESTARTS:
                death = _first_death(pods)
                return Status("failed", death.detail if death else "it ends again and again")
    return Status("starting", _waits(pods))


def _lost(node: str) -> Status:
    return Status("failed", f"the node {node} is lost: nothing was heard of it", lost=True)


@dataclass(frozen=True, order=True)
class _Death:
    """How a replica ended."""

    at: str
    detail: str
    lost: bool
    """Through no fault of its own."""


def _first_death(pods: Sequence[Object]) -> _Death | None:
    """Of the replica that died first: the others died of that."""
    dead: list[_Death] = []
    for pod in pods:
        for container in _containers(pod):
            ended = container["state"].get("terminated") or container.get("lastState", {}).get("terminated")
            # 143: told to stop, since another one died.
            if ended and ended["exitCode"] not in (0, 143):
                rank = pod["metadata"].get("annotations", {}).get("batch.kubernetes.io/job-completion-index", "0")
                what = "out of memory" if ended.get("reason") == "OOMKilled" else f"exit code {ended['exitCode']}"
                said = (ended.get("message") or "").strip()
                detail = f"replica {rank}: {what}" + (f": {said}" if said else "")
                lost = ended["exitCode"] == RUNNER_FAILED or _disrupted(pod)
                dead.append(_Death(ended.get("finishedAt") or "", detail, lost))
        if reason := pod["status"].get("reason"):  # NodeLost, OutOfcpu; Evicted may be for writing more than it may
            lost = reason != "Evicted" or _disrupted(pod)
            dead.append(_Death("", f"{reason}: {pod['status'].get('message', '')}", lost))
    return min(dead) if dead else None


def _disrupted(pod: Object) -> bool:
    """Whether Kubernetes says that it ended the pod for reasons of the cluster's (KEP-3329)."""
    conditions = pod["status"].get("conditions") or []
    return any(c["type"] == "DisruptionTarget" and c["status"] == "True" for c in conditions)


def _waits(pods: Sequence[Object]) -> str:
    """What the first pod that does not run waits for."""
    for pod in pods:
        for container in _containers(pod):
            waiting = container["state"].get("waiting")
            if waiting and waiting.get("reason") != "ContainerCreating":
                return f"{waiting.get('reason')}: {waiting.get('message', '')}".rstrip(": ")
        for condition in pod["status"].get("conditions") or []:
            if condition["type"] == "PodScheduled" and condition["status"] == "False":
                return str(condition.get("message", "waiting for a node"))
    return "its containers are being made" if pods else "its pods are being made"


def _containers(pod: Object) -> list[Object]:
    found: list[Object] = pod["status"].get("containerStatuses") or []
    return found


def nodes(found: Sequence[Object], pods: Sequence[Object]) -> list[Node]:
    """The nodes that take workloads, each with what is there for them: allocatable, without what others ask for."""
    return [_node(n, pods) for n in found if _takes_work(n)]


def _takes_work(node: Object) -> bool:
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"].get("conditions") or [])
    taints = node["spec"].get("taints") or []
    return ready and not any(t["effect"] in ("NoSchedule", "NoExecute") for t in taints)


def _node(node: Object, pods: Sequence[Object]) -> Node:
    name = node["metadata"]["name"]
    room = node["status"]["allocatable"]
    total = Amount(
        cpu=int(parse(room["cpu"]) * 1000), memory=int(parse(room["memory"])), gpu=int(parse(room.get(GPU, "0")))
    )
    total = total - HEADROOM
    for pod in pods:
        own = pod["metadata"].get("labels", {}).get("app.kubernetes.io/managed-by") == MANAGED_BY
        over = pod["status"].get("phase") in ("Succeeded", "Failed")
        if pod["spec"].get("nodeName") == name and not own and not over:
            total = total - requests(pod["spec"])
    return Node(name=name, total=total, gpu_model=node["metadata"].get("labels", {}).get(GPU_MODEL, ""))


def requests(spec: Object) -> Amount:
    """What a pod holds on its node: the sum of its containers, or its largest init container, and its overhead.

    Kubernetes' own rule (KEP-753 without restartable init containers, which count as containers).
    """
    long_lived = [c for c in spec.get("initContainers", []) if c.get("restartPolicy") == "Always"]
    short_lived = [c for c in spec.get("initContainers", []) if c.get("restartPolicy") != "Always"]
    together = [_amount(c.get("resources", {}).get("requests", {})) for c in [*spec["containers"], *long_lived]]
    alone = [_amount(c.get("resources", {}).get("requests", {})) for c in short_lived]
    overhead = _amount(spec.get("overhead", {}))
    parts = {}
    for field in ("cpu", "memory", "gpu"):
        most = max((getattr(a, field) for a in alone), default=0)
        parts[field] = max(sum(getattr(a, field) for a in together), most) + getattr(overhead, field)
    return Amount(**parts)


def _amount(values: dict[str, str]) -> Amount:
    return Amount(
        cpu=millicores(parse(values.get("cpu", "0"))),
        memory=int(parse(values.get("memory", "0"))),
        gpu=int(parse(values.get(GPU, "0"))),
    )
