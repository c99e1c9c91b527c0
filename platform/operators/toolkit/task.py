"""An operator's view of its task: `task.json` read, metrics written."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn


@dataclass(frozen=True)
class Task:
    """See docs/operator-interface.md for each field."""

    id: str
    kind: str
    name: str
    params: dict[str, Any]
    inputs: dict[str, Path]
    outputs: dict[str, Path]
    metrics: Path
    checkpoint: Path
    rank: int
    world: int
    master: dict[str, Any]
    threads: int
    memory: int
    port: int

    @classmethod
    def load(cls) -> Task:
        """The task of this process."""
        data = json.loads((Path(os.environ["MLP_TASK"]) / "task.json").read_text())
        for ports in ("inputs", "outputs"):
            data[ports] = {name: Path(path) for name, path in data[ports].items()}
        return cls(**data | {name: Path(data[name]) for name in ("metrics", "checkpoint")})

    def report(self, **values: float) -> None:
        """Append metrics; they show while the task runs. Only rank 0's count."""
        if self.rank == 0:
            with self.metrics.open("a") as file:
                file.write(json.dumps(values) + "\n")


def fail(message: str) -> NoReturn:
    """End the task for a reason that its user can understand."""
    print(f"error: {message}", flush=True)
    sys.exit(1)
