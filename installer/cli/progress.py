"""Showing a run as it goes: live on a terminal, line by line elsewhere, as JSON lines for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text as Line

from installer.common.errors import ErrorReport, ExitCode, SlipwayError
from installer.common.text import Text
from installer.engine import RunView, StepView, advance, as_error, follow, read, replay, send
from installer.models.journal import Event, Notice, Paused, Progress, RunEnded, RunStarted, StepChanged, StepState

SYMBOLS: dict[StepState, tuple[str, str]] = {
    "waiting": ("·", "dim"),
    "running": ("▶", "cyan"),
    "done": ("✓", "green"),
    "failed": ("✗", "red"),
    "undoing": ("↶", "yellow"),
    "undone": ("○", "dim"),
    "skipped": ("–", "dim"),
}
STATES: dict[StepState, Text] = {
    "waiting": Text(en="waiting", zh="等待"),
    "running": Text(en="running", zh="进行中"),
    "done": Text(en="done", zh="完成"),
    "failed": Text(en="failed", zh="失败"),
    "undoing": Text(en="being undone", zh="撤销中"),
    "undone": Text(en="undone", zh="已撤销"),
    "skipped": Text(en="skipped", zh="跳过"),
}
_ACTIVE = ("running", "undoing")

Show = Callable[[RunView, Event], None]
"""Shows an event; the view is from before it."""


def watch(run_dir: Path, since: int, *, as_json: bool) -> ExitCode:
    """Follow a run to its end and show it; the first Ctrl-C takes the current step back, the second only leaves.

    Returns:
        The exit code that the run's outcome means.

    Raises:
        SlipwayError: the run failed, or its engine died.
    """
    if as_json:
        return _result(run_dir, _follow(run_dir, since, _print_json, lambda text: None), as_json=True)
    console = Console(highlight=False, soft_wrap=True)
    started = time.monotonic()
    if console.is_terminal:
        with Live(console=console, refresh_per_second=8, transient=True) as live:
            screen = _Screen(live)
            view = _follow(run_dir, since, screen.show, screen.say)
    else:
        view = _follow(run_dir, since, lambda view, event: _print_line(console, view, event), console.print)
    _summary(console, view, time.monotonic() - started)
    return _result(run_dir, view, as_json=False)


def _follow(run_dir: Path, since: int, show: Show, say: Callable[[str], None]) -> RunView:
    journal = run_dir / "journal.jsonl"
    view = replay(event for event in read(journal) if event.seq < since)
    asked = False
    while True:
        try:
            for event in follow(journal, since=view.next_seq):
                show(view, event)
                view = advance(view, event)
            return view
        except KeyboardInterrupt:
            if asked:
                say(str(_GOES_ON))
                raise
            asked = True
            send(run_dir, "abort")
            say(str(_TAKING_BACK))


_TAKING_BACK = Text(
    en="Stopping: the current step is taken back first. Ctrl-C again leaves it to the engine.",
    zh="正在停止：先撤销当前步骤。再按一次 Ctrl-C 则交由引擎在后台完成。",
)
_GOES_ON = Text(
    en="The engine goes on taking the step back; see `slipway status --follow`.",
    zh="引擎仍在撤销该步骤；可用 `slipway status --follow` 查看。",
)


def _result(run_dir: Path, view: RunView, *, as_json: bool) -> ExitCode:
    if not view.outcome:
        raise SlipwayError(
            Text(en="the engine was killed in the middle of the run", zh="引擎在运行中途被终止"),
            where=str(run_dir),
            fix=Text(
                en="`slipway retry` takes the half-done step back and goes on; `slipway rollback --all` takes everything back",
                zh="`slipway retry` 撤销未完成的步骤并继续；`slipway rollback --all` 全部撤销",
            ),
        )
    if view.outcome == "failed":
        raise as_error(view.error or ErrorReport(what=Text(en="the run failed", zh="任务失败")), ExitCode.FAILED)
    if view.outcome == "residue" and not as_json:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]✗ {_RESIDUE}[/]")
    return {"good": ExitCode.GOOD, "residue": ExitCode.RESIDUE, "interrupted": ExitCode.INTERRUPTED}[view.outcome]


_RESIDUE = Text(
    en="something is left (see above); remove its cause, then run the same command again",
    zh="仍有残留（见上）；请排除原因后再次运行同一命令",
)


def _print_json(view: RunView, event: Event) -> None:
    print(json.dumps(event.model_dump(mode="json"), ensure_ascii=False), flush=True)


def _print_line(console: Console, view: RunView, event: Event) -> None:
    for line in _lines(view, event):
        console.print(line)
    if isinstance(event, Progress):
        console.print(Line(f"    {event.step}: {event.text}", style="dim"))


def _lines(view: RunView, event: Event) -> list[Line]:
    """What stays on the screen of an event; `view` is from before it."""
    match event:
        case RunStarted():
            action = {
                "install": Text(en="Installing", zh="开始安装"),
                "retry": Text(en="Going on", zh="继续安装"),
                "rollback": Text(en="Taking back", zh="开始撤销"),
            }[event.action]
            count = Text(en="{action}: {count} steps", zh="{action}：{count} 个步骤")
            return [Line(str(count.format(action=action, count=len(event.steps))), style="bold")]
        case StepChanged():
            lines = [] if event.state == "waiting" else [step_line(advance(view, event).steps[event.step])]
            # One cause may befall many steps: it is told at the first of them.
            new = event.error and all(step.error != event.error for step in view.steps.values())
            return lines + ([Line(f"    {error_line(event.error)}", style="red")] if event.error and new else [])
        case Notice():
            return [Line(f"  ! {event.text}", style="yellow")]
        case Paused():
            words = Text(en="paused", zh="已暂停") if event.paused else Text(en="going on", zh="继续")
            return [Line(f"  {words}", style="yellow")]
        case RunEnded() | Progress():
            return []


def step_line(step: StepView) -> Line:
    """A step on one line: symbol, id, state, seconds."""
    symbol, style = SYMBOLS[step.state]
    took = f"  {step.seconds:.1f} s" if step.seconds is not None and step.state not in _ACTIVE else ""
    return Line.assemble((f"  {symbol} ", style), f"{step.id}  ", (f"{STATES[step.state]}{took}", style))


def error_line(error: ErrorReport) -> str:
    """An error on one line, for lists; its whole is shown at the end."""
    why = f": {str(error.why).strip().splitlines()[0]}" if error.why and str(error.why).strip() else ""
    return f"{error.where}: {error.what}{why}" if error.where else f"{error.what}{why}"


class _Screen:
    """What happened scrolls by; below it, what is happening now."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._spinners: dict[str, Spinner] = {}

    def show(self, view: RunView, event: Event) -> None:
        for line in _lines(view, event):
            if not (isinstance(event, StepChanged) and event.state in _ACTIVE):
                self._live.console.print(line)
        self._live.update(self._now(advance(view, event)))

    def say(self, words: str) -> None:
        self._live.console.print(words, style="bold yellow")

    def _now(self, view: RunView) -> RenderableType:
        active = [step for step in view.steps.values() if step.state in _ACTIVE]
        self._spinners = {step.id: self._spinners.get(step.id) or Spinner("dots", style="cyan") for step in active}
        for step in active:
            since = (datetime.now(UTC) - datetime.fromisoformat(step.since)).total_seconds()
            part = f" ({step.done}/{step.total})" if step.total else ""
            words = Line.assemble(f"{step.id}  ", (f"{since:.0f} s  {step.text or ''}{part}", "dim"))
            words.truncate(max(20, self._live.console.width - 4), overflow="ellipsis")
            self._spinners[step.id].update(text=words)
        return Group(*self._spinners.values())


def _summary(console: Console, view: RunView, seconds: float) -> None:
    """Seconds per stage, the longest of its nodes each, and all in all."""
    if view.action == "rollback":
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right")
    for stage in dict.fromkeys(step.stage for step in view.steps.values()):
        took = [s.seconds or 0.0 for s in view.steps.values() if s.stage == stage and s.state == "done"]
        if took:
            table.add_row(stage, f"{max(took):.1f} s")
    table.add_row(str(Text(en="all, with everything between", zh="合计（含步骤之间的用时）")), f"{seconds:.1f} s")
    console.print(table)
