"""A platform for one operator: embedded, in a folder that goes away, with the real API, scheduler, executor and runner."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlplatform import HOME
from mlplatform.client import Client, ClientError
from mlplatform.models.base import Text

PAUSE = 0.1
"""Seconds between two looks."""
ENDED = ("succeeded", "failed", "cancelled")


class TooLong(Exception):
    """Work did not reach a state in time."""


@dataclass(frozen=True)
class Stand:
    """The platform, and where its parts lie."""

    client: Client
    operators: Path
    """A folder for each operator."""
    work: Path
    """A folder for each task that runs; inside, one for each replica."""
    patience: float
    """Seconds that one run may take."""
    made: dict[str, str] = field(default_factory=dict)
    """Tasks whose outputs several checks use, by the name of their operator."""

    def upload(self, name: str, file: str, content: bytes) -> None:
        """The next version of a data set."""
        self.client.call("POST", f"/datasets/{name}", params={"file": file}, content=content)

    def submit(self, operator: str, params: dict[str, Any], inputs: dict[str, Any]) -> str:
        """The id of a new task."""
        body = {"operator": operator, "params": params, "inputs": inputs}
        return str(self.client.call("POST", "/tasks", body)["id"])

    def wait(self, path: str, states: tuple[str, ...]) -> dict[str, Any]:
        """A task or service once it is in one of the states.

        Raises:
            TooLong: it is not, in time.
        """
        deadline = time.monotonic() + self.patience
        while (seen := self.client.call("GET", path))["state"] not in states:
            if time.monotonic() > deadline:
                raise TooLong(f"{path} is {seen['state']} after {self.patience:.0f} s")
            time.sleep(PAUSE)
        return dict(seen)

    def run(self, operator: str, params: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
        """A task that has ended.

        Raises:
            TooLong: it did not, in time.
        """
        return self.wait(f"/tasks/{self.submit(operator, params, inputs)}", ENDED)

    def wait_for_command(self, task: str) -> bool:
        """Until the runner starts the command; False when the task ended before that was seen.

        Raises:
            TooLong: neither, in time.
        """
        log = self.work / task / "0" / "output.log"
        deadline = time.monotonic() + self.patience
        while not log.exists():
            if self.client.call("GET", f"/tasks/{task}")["state"] in ENDED:
                return False
            if time.monotonic() > deadline:
                raise TooLong(f"the command does not start within {self.patience:.0f} s")
        return True

    def log(self, task: str, stream: str = "output") -> bytes:
        """What rank 0 wrote."""
        return self.client.content(f"/tasks/{task}/logs", params={"stream": stream})


@contextmanager
def stand(own: Sequence[Path], patience: float) -> Iterator[Stand]:
    """A platform with the system operators and those in folders of their own.

    Raises:
        ClientError: it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="mlplatform-kit-") as root:
        operators, data = Path(root, "operators"), Path(root, "data")
        shutil.copytree(HOME / "operators", operators, ignore=shutil.ignore_patterns("__pycache__"))
        for folder in own:
            target = operators / folder.resolve().name
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(folder, target, ignore=shutil.ignore_patterns("__pycache__"))
        data.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        command = [sys.executable, "-m", "mlplatform", "serve", "--data", str(data), "--port", port]
        path = os.pathsep.join(filter(None, (str(HOME), os.environ.get("PYTHONPATH"))))
        environment = os.environ | {"MLPLATFORM_OPERATORS": str(operators), "PYTHONPATH": path}
        with Path(root, "log").open("w+") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment)
            try:
                assert process.stdout
                if not process.stdout.readline():  # the line that says where it is reached
                    log.seek(0)
                    text = Text(en="the kit's platform does not start: {why}", zh="测试用平台无法启动：{why}")
                    raise ClientError(text.format(why=log.read().strip()).en)
                with Client.find(data) as client:
                    yield Stand(client, operators, data / "work", patience)
            finally:
                process.terminate()
                process.communicate()
