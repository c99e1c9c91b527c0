"""What Kubernetes objects say: states of tasks and services, room on nodes. Objects as a 1.37 API server shows them, shortened."""

from __future__ import annotations

from typing import Any

import pytest
from mlplatform.executors import observe
from mlplatform.executors.base import Status

GIB = 1 << 30


def job(*conditions: str, completions: int = 1) -> dict[str, Any]:
    found = [{"type": c, "status": "True", "message": f"it is {c}"} for c in conditions]
    return {"spec": {"completions": completions}, "status": {"conditions": found}}


def pod(phase: str = "Running", state: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    container = {"state": state or {"running": {}}, "restartCount": more.pop("restarts", 0), "lastState": {}}
    annotations = {"batch.kubernetes.io/job-completion-index": str(more.pop("rank", 0))}
    return {
        "metadata": {"annotations": annotations},
        "status": {"phase": phase, "containerStatuses": [container], **more},
    }


def ended(code: int, at: str = "2026-11-24T00:00:00Z", reason: str = "Error", message: str = "") -> dict[str, Any]:
    return {"terminated": {"exitCode": code, "reason": reason, "finishedAt": at, "message": message}}


def test_a_task_s_way() -> None:
    assert observe.task_status(None, []) == Status("absent")
    assert observe.task_status(None, [pod()]).phase == "running"  # deleted, but its pods still hold their node
    assert observe.task_status(job(completions=2), [pod()]).phase == "starting"
    assert observe.task_status(job(completions=2), [pod(), pod()]).phase == "running"
    assert observe.task_status(job("SuccessCriteriaMet"), []).phase == "succeeded"
    assert observe.task_status(job("Complete"), []).phase == "succeeded"


def test_the_first_replica_that_died_is_the_reason() -> None:
    pods = [
        pod("Failed", ended(143, "2026-11-24T00:00:01Z"), rank=0),
        pod("Failed", ended(1, "2026-11-24T00:00:09Z", message="gloo: connection closed"), rank=2),
        pod("Failed", ended(137, "2026-11-24T00:00:05Z", "OOMKilled"), rank=1),
    ]
    assert observe.task_status(job("FailureTarget"), pods) == Status("failed", "replica 1: out of memory")


@pytest.mark.parametrize(
    ("pods", "lost"),
    [
        ([], True),  # somebody deleted them
        ([pod("Failed", ended(143))], True),
        ([pod("Failed", ended(70))], True),
        ([pod("Failed", ended(1))], False),
        ([pod("Failed", ended(137, reason="OOMKilled"))], False),
        ([pod("Failed", ended(137), conditions=[{"type": "DisruptionTarget", "status": "True"}])], True),
        ([pod("Failed", reason="NodeLost")], True),
        ([pod("Failed", reason="Evicted", message="wrote more than 20Gi")], False),
    ],
)
def test_what_is_the_cluster_s_fault(pods: list[dict[str, Any]], lost: bool) -> None:
    status = observe.task_status(job("Failed"), pods)
    assert (status.phase, status.lost) == ("failed", lost) and status.detail


@pytest.mark.parametrize(
    ("waiting", "says"),
    [
        (
            pod("Pending", {"waiting": {"reason": "ErrImageNeverPull", "message": "no image x"}}),
            "ErrImageNeverPull: no image x",
        ),
        (pod("Pending", {"waiting": {"reason": "ContainerCreating"}}), "its containers are being made"),
        (
            {
                "metadata": {},
                "status": {"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/2 nodes: cpu"}]},
            },
            "0/2 nodes: cpu",
        ),
    ],
)
def test_what_a_start_waits_for(waiting: dict[str, Any], says: str) -> None:
    assert observe.task_status(job(), [waiting]) == Status("starting", says)


def test_a_service_s_way() -> None:
    up: dict[str, Any] = {"status": {"availableReplicas": 1}}
    assert observe.service_status(None, [], "e") == Status("absent")
    assert observe.service_status(None, [pod()], "e").phase == "starting"
    assert observe.service_status(up, [pod()], "http://s") == Status("ready", endpoint="http://s")
    assert observe.service_status({"status": {}}, [pod()], "e").phase == "starting"
    assert observe.service_status(up, [pod()], "http://s", "n1").phase == "ready"  # another replica lives
    lost = observe.service_status(up, [], "http://s", "n1")
    assert (lost.phase, lost.lost) == ("failed", True)
    dying = pod("Running", ended(1, message="no such model"), restarts=3)
    assert observe.service_status({"status": {}}, [dying], "e") == Status(
        "failed", "replica 0: exit code 1: no such model"
    )


def node(name: str = "n1", **more: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": more.get("labels", {})},
        "spec": {"taints": more.get("taints", [])},
        "status": {
            "allocatable": {"cpu": "1930m", "memory": f"{4 * 1024 * 1024}Ki"} | more.get("allocatable", {}),
            "conditions": [{"type": "Ready", "status": more.get("ready", "True")}],
        },
    }


def asks(
    cpu: str, memory: str, on: str = "n1", phase: str = "Running", labels: Any = None, **spec: Any
) -> dict[str, Any]:
    resources = {"resources": {"requests": {"cpu": cpu, "memory": memory}}}
    return {
        "metadata": {"labels": labels or {}},
        "spec": {"nodeName": on, "containers": [resources], **spec},
        "status": {"phase": phase},
    }


def test_room_is_what_others_leave() -> None:
    ours = {"app.kubernetes.io/managed-by": "mlplatform"}
    pods = [
        asks("250m", "1Gi"),
        asks("1", "2Gi", on="elsewhere"),
        asks("1", "1Gi", phase="Succeeded"),
        asks("500m", "1Gi", labels=ours),  # counted by the scheduler itself
    ]
    (found,) = observe.nodes([node()], pods)
    assert found.total.cpu == 1930 - 250 - observe.HEADROOM.cpu
    assert found.total.memory == 3 * GIB - observe.HEADROOM.memory


def test_nodes_that_take_no_work() -> None:
    nodes = [
        node("down", ready="Unknown"),
        node("cordoned", taints=[{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]),
        node("softly", taints=[{"key": "x", "effect": "PreferNoSchedule"}]),
    ]
    assert [n.name for n in observe.nodes(nodes, [])] == ["softly"]


def test_gpus_and_their_model() -> None:
    (found,) = observe.nodes(
        [node(allocatable={"nvidia.com/gpu": "8"}, labels={"nvidia.com/gpu.product": "NVIDIA-H200"})], []
    )
    assert (found.total.gpu, found.gpu_model) == (8, "NVIDIA-H200")


def test_an_init_container_counts_when_it_is_the_largest() -> None:
    def wants(cpu: str, **more: Any) -> dict[str, Any]:
        return {"resources": {"requests": {"cpu": cpu}}, **more}

    spec = {"containers": [wants("100m"), wants("100m")], "initContainers": [wants("500m")], "overhead": {"cpu": "10m"}}
    assert observe.requests(spec).cpu == 510
    spec["initContainers"] = [wants("50m", restartPolicy="Always"), wants("150m")]
    assert observe.requests(spec).cpu == 260
