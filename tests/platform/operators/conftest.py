"""Runs system operators as the runner does: by task.json, in a process of their own."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlplatform import HOME
from mlplatform.models.load import load_operators
from mlplatform.models.params import with_defaults

OPERATORS = HOME / "operators"
sys.path.insert(0, str(OPERATORS))  # the toolkit, as the runner sets PYTHONPATH
CATALOG = load_operators(OPERATORS).operators
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs an operator on inputs `{name: {file: content}}`; its outputs are in `tmp_path/outputs`."""

    def start(name: str, inputs: dict[str, dict[str, bytes]], **params: Any) -> subprocess.CompletedProcess[str]:
        operator = CATALOG[name].spec
        for port, files in inputs.items():
            for file, content in files.items():
                (tmp_path / "inputs" / port).mkdir(parents=True, exist_ok=True)
                (tmp_path / "inputs" / port / file).write_bytes(content)
        for port in operator.outputs:
            (tmp_path / "outputs" / port).mkdir(parents=True, exist_ok=True)
        task = {
            "id": "t",
            "kind": "task",
            "name": name,
            "params": with_defaults(operator.params, params),
            "inputs": {port: str(tmp_path / "inputs" / port) for port in inputs},
            "outputs": {port: str(tmp_path / "outputs" / port) for port in operator.outputs},
            "metrics": str(tmp_path / "metrics.jsonl"),
            "checkpoint": str(tmp_path / "checkpoint"),
            "rank": 0,
            "world": 1,
            "master": {"address": "127.0.0.1", "port": 1},
            "threads": 1,
            "memory": 512 << 20,
            "port": 1,
        }
        (tmp_path / "task.json").write_text(json.dumps(task))
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return subprocess.run(
            [part.replace("${OPERATORS}", str(OPERATORS)) for part in operator.command],
            env={"MLP_TASK": str(tmp_path), "PYTHONPATH": str(OPERATORS), "PATH": path, "LANG": "C.UTF-8"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return start


def rows(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.reader(lines))


def refused(done: subprocess.CompletedProcess[str], says: str) -> None:
    assert done.returncode == 1 and says in done.stdout and "Traceback" not in done.stderr, (done.stdout, done.stderr)
