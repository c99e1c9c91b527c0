"""The engine's memory: the journal it writes, and what that adds up to."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.engine.journal import Journal, read
from installer.engine.view import RunView, advance, replay
from installer.models.journal import Notice, Progress, StepChanged, StepState
from installer.remote import Remote

COPY = "/var/lib/slipway/journal.jsonl"
"""The copy of the journal on each node: who finds the node alone can read what was done to it."""


class Record:
    """Writes events and keeps the view of all of them up to date; may be used from several threads."""

    def __init__(self, run_dir: Path) -> None:
        self._path = run_dir / "journal.jsonl"
        self._journal = Journal(self._path)
        self.view: RunView = replay(read(self._path))
        self._lock = threading.Lock()

    def write(self, kind: type[Any], **fields: Any) -> None:
        with self._lock:
            self.view = advance(self.view, self._journal.write(kind, **fields))

    def state(self, step: str) -> StepState:
        found = self.view.steps.get(step)
        return found.state if found else "waiting"

    def enter(self, step: str, state: StepState, error: SlipwayError | None = None) -> None:
        """Note that a step enters a state, before it does."""
        self.write(StepChanged, step=step, state=state, error=error.report if error else None)

    def progress(self, step: str, text: Text, done: int | None = None, total: int | None = None) -> None:
        self.write(Progress, step=step, text=text, done=done, total=total)

    def notice(self, text: Text, step: str = "") -> None:
        self.write(Notice, step=step, text=text)

    def copy_to(self, remotes: Iterable[Remote]) -> None:
        """Put a copy of the journal on each node, as far as it can be reached."""
        content = self._path.read_bytes()
        script = f"mkdir -p -m 0700 {COPY.rpartition('/')[0]} && cat >{COPY}.new && mv {COPY}.new {COPY}"

        def copy(remote: Remote) -> None:
            try:
                remote.run(script, input=content, timeout=20, check=False)
            except SlipwayError:
                return  # the journal here is what counts; the next step will say that the node is gone

        every = list(remotes)
        with ThreadPoolExecutor(max_workers=max(1, len(every))) as pool:
            list(pool.map(copy, every))

    def close(self) -> None:
        self._journal.close()
