"""From submitting a task to its running, on an embedded platform: `python -m tests.bench.latency`. docs/performance.md keeps the figures.

Two moments, by one clock: when a client that asks again and again sees the task as running, and when its command begins. As a measure of
the machine of this moment, the time that a bare Python takes to start is printed beside them.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pytest
import yaml

from tests.platform.served import serve, wait_for

ROUNDS = 30
PAUSE = 0.01
"""Seconds between two questions."""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        _describe(folder / "operators/clock")
        (folder / "operators/runner.py").symlink_to(Path("platform/operators/runner.py").resolve())
        patch.setenv("MLPLATFORM_OPERATORS", str(folder / "operators"))
        (folder / "data").mkdir()
        with serve(folder / "data") as running, running.client() as client:
            seen, begun, bare = [], [], []
            for _ in range(ROUNDS):
                bare.append(bare_python())
                at_seen, at_begun = _once(client)
                seen.append(at_seen)
                begun.append(at_begun)
    for what, times in (("seen running", seen), ("command begins", begun), ("bare Python", bare)):
        print(f"{what:15} median {statistics.median(times) * 1000:4.0f} ms, p95 {_p95(times) * 1000:4.0f} ms")
    ratios = [one / other for one, other in zip(seen, bare, strict=True)]
    print(f"seen running, in starts of a bare Python: median {statistics.median(ratios):.1f}, p95 {_p95(ratios):.1f}")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


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
