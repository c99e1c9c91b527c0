"""Commands to a running engine: one JSON line each in `control.jsonl`."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Literal, get_args

Command = Literal["abort", "pause", "resume"]
POLL = 0.25
"""Seconds between two looks at the file."""


def send(run_dir: Path, command: Command) -> None:
    """Tell the engine of this run directory: abort (take the current step back and end), pause after it, or go on."""
    file = os.open(run_dir / "control.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, json.dumps({"command": command}).encode() + b"\n")
    finally:
        os.close(file)


class Control:
    """The engine's ear. `abort` and `paused` follow the commands that came since it began to listen."""

    def __init__(self, run_dir: Path) -> None:
        self.path = run_dir / "control.jsonl"
        self.abort = threading.Event()
        self._go = threading.Event()
        self._go.set()
        self._end = threading.Event()
        self.path.unlink(missing_ok=True)  # commands to an engine of the past
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def paused(self) -> bool:
        return not self._go.is_set()

    def obey(self, command: Command) -> None:
        """Take a command, from the file or from a signal."""
        if command == "pause":
            self._go.clear()
            return
        if command == "abort":
            self.abort.set()
        self._go.set()

    def wait_while_paused(self) -> None:
        self._go.wait()

    def close(self) -> None:
        self._end.set()
        self._thread.join()

    def _listen(self) -> None:
        offset = 0
        while not self._end.wait(POLL):
            if not self.path.exists():
                continue
            content = self.path.read_bytes()
            whole = content.rfind(b"\n") + 1
            for line in content[offset:whole].splitlines():
                if (command := _command(line)) is not None:
                    self.obey(command)
            offset = whole


def _command(line: bytes) -> Command | None:
    """The command of a line; None for one that is none, which a person may have typed."""
    try:
        word = json.loads(line)["command"]
    except (ValueError, KeyError, TypeError):
        return None
    return word if word in get_args(Command) else None
