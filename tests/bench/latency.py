"""From submitting a task to its running, on an embedded platform: `python -m tests.bench.latency`. docs/performance.md keeps the figures.

Two moments, by one clock: when a client that asks again and again sees the task as running, and when its command begins. As a measure of
the machine of this moment, the time that a bare Python takes to start is printed beside them. With `--jobs`, on a real control plane whose
kubelets kwok plays: what of that time is the platform's.
"""

from __future__ import annotations

import argparse
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import yaml

from installer.cluster import Cluster
from tests.bench.kwok import PLENTY, ControlPlane, control_plane, deployed_with_jobs
from tests.platform.served import serve, wait_for
from tests.waiting import until

ROUNDS = 30
PAUSE = 0.01
"""Seconds between two questions."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", action="store_true", help="the platform's share on Kubernetes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as name:
        folder = Path(name)
        _describe(folder / "operators/clock")
        (folder / "operators/runner.py").symlink_to(Path("platform/operators/runner.py").resolve())
        _with_jobs(folder) if arguments.jobs else _local(folder)
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _local(folder: Path) -> None:
    (folder / "data").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLPLATFORM_OPERATORS", str(folder / "operators"))
        with serve(folder / "data") as running, running.client() as client:
            seen, begun, bare = [], [], []
            for _ in range(ROUNDS):
                bare.append(bare_python())
                at_seen, at_begun = _once(client)
                seen.append(at_seen)
                begun.append(at_begun)
    for what, times in (("seen running", seen), ("command begins", begun), ("bare Python", bare)):
        _print(what, times)
    ratios = [one / other for one, other in zip(seen, bare, strict=True)]
    print(f"seen running, in starts of a bare Python: median {statistics.median(ratios):.1f}, p95 {_p95(ratios):.1f}")


def _with_jobs(folder: Path) -> None:
    """The platform's share: from submitting to the Job, and from the pod's running to the task's. Watches tell of Jobs and pods."""
    with ExitStack() as stack:
        plane = stack.enter_context(control_plane({}, {"n": {"cpu": "64", **PLENTY}}))
        platform = stack.enter_context(deployed_with_jobs(plane, folder, folder / "operators"))
        moments: dict[tuple[str, str], float] = {}
        for path in ("/apis/batch/v1/namespaces/slipway-workloads/jobs", "/api/v1/namespaces/slipway-workloads/pods"):
            threading.Thread(target=_follow, args=(plane, path, moments), daemon=True).start()
        headers = {"Authorization": f"Bearer {platform.token('root', 'admin')}"}
        trust = ssl.create_default_context(cafile=str(platform.settings.tls_ca))
        client = stack.enter_context(
            httpx.Client(base_url=platform.settings.api_url, verify=trust, headers=headers, trust_env=False)
        )
        before, after, whole = [], [], []
        for _ in range(ROUNDS):
            began = time.time()
            id_ = client.post("/api/v1/tasks", json={"operator": "clock"}).raise_for_status().json()["id"]
            while client.get(f"/api/v1/tasks/{id_}").raise_for_status().json()["state"] != "running":
                time.sleep(PAUSE)  # between two questions
            seen = time.time()
            until(lambda work=id_: ("Running", work) in moments)  # type: ignore[misc]
            before.append(moments["Job", id_] - began)
            after.append(seen - moments["Running", id_])
            whole.append(seen - began)
            client.post(f"/api/v1/tasks/{id_}/cancel").raise_for_status()
            wait_for(client, f"/api/v1/tasks/{id_}", ("cancelled",))
    _print("submit to Job", before)
    _print("pod runs to task seen running", after)
    _print("both: the platform's share", [one + other for one, other in zip(before, after, strict=True)])
    _print("with Kubernetes' and kwok's", whole)


def _follow(plane: ControlPlane, path: str, moments: dict[tuple[str, str], float]) -> None:
    """Note when each Job came, and when each pod ran, until the process ends."""
    with Cluster(plane.kubeconfig) as cluster:
        for _, found in cluster.watch(path, 600):
            what = found["status"].get("phase", "") if found["kind"] == "Pod" else "Job"
            moments.setdefault((what, found["metadata"]["labels"]["slipway.io/work"]), time.time())


def _print(what: str, times: list[float]) -> None:
    print(f"{what:30} median {statistics.median(times) * 1000:4.0f} ms, p95 {_p95(times) * 1000:4.0f} ms")


def _describe(folder: Path) -> None:
    """An operator that says what time it is, and stays."""
    folder.mkdir(parents=True)
    description = {
        "apiVersion": "slipway/v1",
        "kind": "Operator",
        "metadata": {"name": folder.name, "version": "1.0.0", "title": {"en": "Clock", "zh": "时钟"}},
        "spec": {
            "image": "serving",
            "command": ["sh", "-c", "date +%s.%N; exec sleep 600"],
            "params": {"type": "object"},
            "resources": {"cpu": 0.1, "memory": "1Mi"},
            "modes": ["train"],
        },
    }
    (folder / "operator.yaml").write_text(yaml.safe_dump(description))


def _once(client: httpx.Client) -> tuple[float, float]:
    """Seconds until it is seen running, and until its command begins."""
    began = time.time()
    path = f"/api/v1/tasks/{client.post('/api/v1/tasks', json={'operator': 'clock'}).raise_for_status().json()['id']}"
    while client.get(path).raise_for_status().json()["state"] != "running":
        time.sleep(PAUSE)  # between two questions
    seen = time.time() - began
    while not (said := client.get(f"{path}/logs").raise_for_status().text):
        time.sleep(0.1)  # between two questions
    client.post(f"{path}/cancel").raise_for_status()
    wait_for(client, path, ("cancelled",))
    return seen, float(said) - began


def bare_python() -> float:
    """Seconds that an interpreter takes to start and end."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", ""], check=True)
    return time.monotonic() - began


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    main()
