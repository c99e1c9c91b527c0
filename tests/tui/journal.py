"""Journals of runs, written the way the engine writes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from installer.common.errors import ErrorReport
from installer.common.text import Text
from installer.engine.journal import Journal
from installer.engine.lock import EngineLock
from installer.models.journal import Notice, Paused, Progress, RunEnded, RunStarted, StepChanged
from installer.models.plan import Plan

REFUSED = ErrorReport(
    what=Text(en="containerd does not start", zh="containerd 无法启动"),
    where="n2",
    why=Text(en="the disk is full", zh="磁盘已满"),
    fix=Text(en="make 3 GiB of room in /var", zh="请在 /var 腾出 3 GiB 空间"),
)


class Engine:
    """Stands in for the engine: holds the lock of a run directory and writes its journal, step by step."""

    def __init__(self, run_dir: Path, plan: Plan) -> None:
        self.plan = plan
        run_dir.mkdir(exist_ok=True, mode=0o700)
        (run_dir / "plan.json").write_text(plan.model_dump_json())
        self.journal = Journal(run_dir / "journal.jsonl")

    def begin(self, action: str = "install") -> None:
        steps = [step.id for step in self.plan.steps]
        self.journal.write(RunStarted, action=action, plan_digest=self.plan.digest, version="0.1.0", steps=steps)

    def enter(self, step: str, state: str, error: ErrorReport | None = None) -> None:
        self.journal.write(StepChanged, step=step, state=state, error=error)

    def say(self, step: str, en: str, zh: str) -> None:
        self.journal.write(Progress, step=step, text=Text(en=en, zh=zh), done=1, total=3)

    def notice(self, en: str, zh: str) -> None:
        self.journal.write(Notice, text=Text(en=en, zh=zh))

    def pause(self, paused: bool) -> None:
        self.journal.write(Paused, paused=paused)

    def finish(self, outcome: str, error: ErrorReport | None = None) -> None:
        self.journal.write(RunEnded, outcome=outcome, error=error)

    def do(self, *states: str) -> None:
        """Bring every step of the plan through these states."""
        for step in self.plan.steps:
            for state in states:
                self.enter(step.id, state)


@contextmanager
def at_work(run_dir: Path) -> Iterator[None]:
    """While this lasts, an engine is at work on the run directory."""
    with EngineLock(run_dir):
        yield
