"""`mlplatform serve` as a process, and a client of it."""

from __future__ import annotations

import gzip
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import sklearn.datasets
from mlplatform.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Served:
    url: str
    token: str
    data: Path
    pid: int
    started_in: float
    """Seconds from the command to the first answered request."""

    def client(self) -> httpx.Client:
        trust = ssl.create_default_context(cafile=str(self.data / "tls/ca.crt"))
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.url, verify=trust, headers=headers, trust_env=False, timeout=30)


def environment(settings: Settings, **more: object) -> dict[str, str]:
    """This process's environment with the settings that differ from the defaults, for a process of the platform."""
    values = settings.model_dump(mode="json", exclude_none=True, exclude_defaults=True) | more
    own = {f"MLPLATFORM_{name.upper()}": str(value) for name, value in values.items()}
    return {**os.environ, **own, "PYTHONPATH": str(ROOT / "platform")}


@contextmanager
def serve(data: Path) -> Iterator[Served]:
    """A served platform, ended at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.monotonic()
    command = [sys.executable, "-m", "mlplatform", "serve", "--data", str(data), "--port", str(port)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "platform")}
    with (data / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment, text=True)
    assert process.stdout
    try:
        said = process.stdout.readline()
        assert said.startswith("https://"), (data / "serve.log").read_text()
        token = (data / "admin.token").read_text()
        running = Served(f"https://127.0.0.1:{port}", token, data, process.pid, 0.0)
        with running.client() as client:
            client.get("/readyz").raise_for_status()
        yield Served(running.url, token, data, process.pid, time.monotonic() - began)
    finally:
        process.terminate()
        process.wait(timeout=60)


def digits() -> bytes:
    """scikit-learn's handwritten digits as a gzip'ed CSV: 64 pixels and the digit in a row."""
    features, labels = sklearn.datasets.load_digits(return_X_y=True)
    lines = (",".join([*(f"{x:g}" for x in row), str(label)]) for row, label in zip(features, labels, strict=True))
    return gzip.compress("\n".join(lines).encode(), mtime=0)


def wait_for(client: httpx.Client, path: str, states: tuple[str, ...], seconds: float = 90) -> dict[str, Any]:
    """Look at a resource until it is in one of the states."""
    deadline = time.monotonic() + seconds
    while True:
        seen: dict[str, Any] = client.get(path).raise_for_status().json()
        if seen["state"] in states:
            return seen
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)
