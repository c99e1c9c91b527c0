"""The fifth step: the run as the engine's journal tells it, and what to do when it fails.

The engine is a process of its own. This screen may be closed and opened again at any time: it reads the journal from
its beginning and gives the engine commands, but never does its work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar

from rich.text import Text as Line
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, ProgressBar, Static

from installer.common.errors import ErrorReport, SlipwayError
from installer.common.text import Text
from installer.engine.journal import follow, read
from installer.engine.lock import is_held
from installer.engine.view import RunView, StepView, advance
from installer.models.journal import Event, RunStarted
from tui.background import in_background
from tui.confirm import Confirm
from tui.frame import Frame
from tui.grid import Cell, Grid
from tui.log import StoryLog
from tui.screens.plan import expected
from tui.story import ACTION, OUTCOME, PAUSED, STOPPING, title
from tui.texts import STATE, duration

REFRESH = 0.25
"""Seconds between two updates of the screen: a burst of events must not keep the terminal busy."""
MOST_AT_WORK = 4
"""Lines for what the steps at work are doing: a small terminal has no more."""

CHOICES: dict[str, Text] = {
    "retry": Text(en="Retry (r)", zh="重试 (r)"),
    "undo_step": Text(en="Roll back the last step (b)", zh="回滚最后一步 (b)"),
    "undo_all": Text(en="Roll back everything (u)", zh="全部回滚 (u)"),
}
UNDO_STEP = Text(
    en="Take back the last step? What it changed on the machines is put back as it was.",
    zh="撤销最后一步？它在机器上的改动将恢复原状。",
)
UNDO_ALL = Text(
    en="Take back everything, with the platform and its data? Afterwards every machine is compared with its fingerprint from before.",
    zh="全部撤销，包括平台及其数据？完成后会将每台机器与安装前的指纹逐项比对。",
)
ABORT = Text(
    en="Stop the run? The step at work is taken back first; afterwards you can go on or take back more.",
    zh="停止运行？正在进行的步骤会先被撤销；之后可以继续或撤销更多。",
)
DIED = ErrorReport(
    what=Text(en="the engine stopped in the middle of its work", zh="安装引擎中途停止"),
    why=Text(
        en="it was killed, or the machine it ran on went down; the journal has everything up to then",
        zh="它被终止，或所在机器停机；日志保留了此前的全部记录",
    ),
    fix=Text(
        en="retry: the half-done step is undone first, then done again",
        zh="重试：先撤销做到一半的步骤，再重新执行",
    ),
)
CLOSING = Text(
    en="Closing this window does not stop the run; open it again to see how it goes.",
    zh="关闭此窗口不会停止运行；重新打开即可查看进度。",
)
CLEAN = Text(en="Everything has been taken back.", zh="已全部撤销。")
DONE = Text(en="{n} of {of} steps done", zh="已完成 {n}/{of} 步")
UNDONE = Text(en="{n} of {of} steps undone", zh="已撤销 {n}/{of} 步")
RESIDUE = Text(en="something is left on the machines", zh="机器上有残留")
RESIDUE_FIX = Text(
    en="roll back again: what could not be reached or was busy may go now; the rest is yours to judge",
    zh="再次回滚：此前无法连接或被占用的部分可能已可清除；其余请自行判断",
)


class Happened(Message):
    """The journal has grown by an event."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class Ended(Message):
    """The journal will not grow any more: the run ended, or its engine is gone."""


class Left(Exception):
    """The screen was left while it followed the journal."""


class InstallScreen(Frame):
    step = 4
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pause", "pause"),
        Binding("p", "resume", "resume"),
        Binding("s", "abort", "abort"),
        Binding("r", "retry", "retry"),
        Binding("b", "undo_step", "undo_step"),
        Binding("u", "undo_all", "undo_all"),
        Binding("ctrl+n", "restart", "restart"),
    ]

    def __init__(self, *, stay: bool = False) -> None:
        """`stay`: also when the run has ended well; otherwise that opens the last screen."""
        super().__init__()
        self.stay = stay
        self.view = RunView()
        self.events: list[Event] = []
        """Of the newest run."""
        self.stale = True
        self.stopping = False
        """Whether the engine was told to stop and has not ended yet."""
        self.refusal: list[ErrorReport] = []
        """Why what was asked for last could not be done."""
        self.leaving = threading.Event()

    def body(self) -> ComposeResult:
        yield Static(id="status", markup=False)
        yield ProgressBar(id="progress", show_eta=False)
        with Container(id="run"):
            with Vertical(id="steps"):
                yield Grid()
                yield Static(id="now", markup=False)
            yield StoryLog(self.wizard.plan, self.events)
        with Horizontal(id="choices"):
            for name, text in CHOICES.items():
                yield Button(str(text), id=name, compact=True)
        yield Static(str(CLOSING), id="closing")

    def on_mount(self) -> None:
        self.query_one(Grid).focus()
        for event in read(self.wizard.run_dir / "journal.jsonl"):
            self._take(event)
        self._lay_out()
        self.set_interval(REFRESH, self._tick)
        self._follow()

    def on_unmount(self) -> None:
        self.leaving.set()

    def on_resize(self) -> None:
        self._lay_out()

    async def compose_again(self) -> None:
        await super().compose_again()
        self._lay_out()
        self.query_one(StoryLog).tell_again()

    # The journal

    @work(exclusive=True, group="follow")
    async def _follow(self) -> None:
        """Take every event as it comes, until the run ends or its engine is gone."""
        self.view = self.view.model_copy(update={"running": is_held(self.wizard.run_dir)})
        path, since = self.wizard.run_dir / "journal.jsonl", self.view.next_seq

        def wait() -> None:
            if self.leaving.wait(REFRESH):
                raise Left

        def pass_on() -> None:
            for event in follow(path, since=since, wait=wait):
                self.post_message(Happened(event))

        try:
            await in_background(pass_on)
        except Left:
            return
        except SlipwayError as error:
            self.refusal = [error.report]
        self.post_message(Ended())

    def on_happened(self, message: Happened) -> None:
        known = len(self.view.steps)
        self._take(message.event)
        if len(self.view.steps) != known or isinstance(message.event, RunStarted):
            self._lay_out()

    def on_ended(self) -> None:
        self.view = self.view.model_copy(update={"running": False})
        self.stopping = False
        self.stale = True
        if not self.stay and self.view.outcome == "good" and self.view.complete:
            self.slipway.go("done")
        else:
            self.bring_up_to_date()
            self.focus_next("#choices Button")

    def _take(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self.events.clear()
        self.events.append(event)
        if self.standing:
            self.query_one(StoryLog).tell(event)
        self.view = advance(self.view, event).model_copy(update={"running": True})
        self.stale = True

    # What is shown

    def _lay_out(self) -> None:
        plan = self.wizard.plan
        steps = [step.id for step in plan.steps] if plan else list(self.view.steps)
        if self.standing:
            self.query_one(Grid).lay_out(steps, plan)
        self.stale = True
        self.bring_up_to_date()

    def _tick(self) -> None:
        """After events, and while the clock of a running step goes on."""
        if self.stale or self.view.running:
            self.bring_up_to_date()

    def show_state(self) -> None:
        self.stale = False
        view, now = self.view, datetime.now(UTC)
        self.query_one("#status", Static).update(self._status(now))
        self.query_one("#now", Static).update(self._now())
        self.query_one(Grid).show({step.id: self._cell(step, now) for step in view.steps.values()})
        over = not view.running
        self.query_one("#choices").display = over and not (view.clean and view.outcome == "good")
        self.query_one("#retry").display = not view.complete
        self.query_one("#closing").display = view.running
        self.query_one("#progress").display = view.running
        problems = self.refusal + (self._problems() if over else [])
        if problems != self.problems:
            self.show_problems(*problems)
        finished, of = self._count()
        self.query_one(ProgressBar).update(total=of or None, progress=finished)

    def _status(self, now: datetime) -> Line:
        view = self.view
        if view.action is None:
            return Line(str(Text(en="Starting…", zh="正在启动…")), "bold")
        line = Line()
        if view.running:
            doing = STOPPING if self.stopping else PAUSED if view.paused else ACTION[view.action]
            line.append(str(doing), "bold")
        elif view.outcome == "good" and view.clean:
            return line.append(f"✓ {CLEAN}", "bold green")
        elif view.outcome:
            symbol, words = OUTCOME[view.outcome]
            line.append(f"{symbol} {words}", "bold")
        else:
            line.append(f"✗ {DIED.what}", "bold")
        counted = UNDONE if view.action == "rollback" else DONE
        finished, of = self._count()
        counted = counted.format(n=finished, of=of)
        line.append(f"   {counted}")
        end = datetime.fromisoformat(view.ended_at) if view.ended_at else now
        time = duration((end - datetime.fromisoformat(view.started_at)).total_seconds())
        if view.running and view.action == "install" and self.wizard.plan:
            time = str(
                Text(en="{t} of about {of}", zh="{t}，预计约 {of}").format(
                    t=time, of=duration(expected(self.wizard.plan))
                )
            )
        return line.append(f"   {time}")

    def _count(self) -> tuple[int, int]:
        """How many steps are through, of how many; of a rollback, those that it takes back count."""
        states = [step.state for step in self.view.steps.values()]
        if self.view.action == "rollback":
            return states.count("undone"), len(states) - states.count("waiting") - states.count("done")
        return states.count("done") + states.count("skipped"), len(states)

    def _now(self) -> Line:
        """What each step at work is doing; after a rollback, what the comparison of each machine says."""
        if not self.view.running and self.view.clean and self.view.outcome == "good":
            return Line("\n").join(Line(f"✓ {notice}") for notice in self.view.notices)
        lines = []
        for step in self.view.steps.values():
            if step.state in ("running", "undoing") and self.view.running:
                symbol, style, _ = STATE[step.state]
                line = Line(f"{symbol} {title(step.id, self.wizard.plan)}", style)
                line.append(f"  {step.text or ''}", "not bold default")
                if step.total:
                    line.append(f"  {step.done or 0}/{step.total}", "not bold default")
                lines.append(line)
        return Line("\n").join(lines[:MOST_AT_WORK])

    def _cell(self, step: StepView, now: datetime) -> Cell:
        planned = next((p for p in self.wizard.plan.steps if p.id == step.id), None) if self.wizard.plan else None
        seconds = step.seconds
        if step.state in ("running", "undoing") and self.view.running:
            seconds = (now - datetime.fromisoformat(step.since)).total_seconds()
        return Cell(step.state, seconds, planned.seconds if planned else None)

    def _problems(self) -> list[ErrorReport]:
        """What went wrong: as the run said it at its end or, where it could not, as its steps said it."""
        if self.view.error:
            return [self.view.error]
        if self.view.outcome == "residue":
            left = self.view.notices
            lines = Text(en="\n".join(text.en for text in left), zh="\n".join(text.zh for text in left))
            return [ErrorReport(what=RESIDUE, why=lines, fix=RESIDUE_FIX)]
        failed = [step.error for step in self.view.steps.values() if step.error]
        return [DIED, *failed] if self.view.died else failed

    # What can be done

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        view = self.view
        match action:
            case "pause":
                return view.running and not view.paused
            case "resume":
                return view.running and view.paused
            case "abort":
                return view.running and not self.stopping
            case "retry":
                return not (view.running or view.clean or view.complete)
            case "undo_step" | "undo_all":
                return not (view.running or (view.clean and view.outcome == "good"))
            case "restart":
                return not view.running and view.clean
        return True

    @on(Button.Pressed)
    async def choose(self, event: Button.Pressed) -> None:
        await self.run_action(str(event.button.id))

    def action_pause(self) -> None:
        self._do(lambda: self.slipway.actions.send(self.wizard, "pause"))

    def action_resume(self) -> None:
        self._do(lambda: self.slipway.actions.send(self.wizard, "resume"))

    def action_abort(self) -> None:
        self._do(self._stop, ABORT)

    def _stop(self) -> None:
        self.slipway.actions.send(self.wizard, "abort")
        self.stopping = True

    def action_retry(self) -> None:
        self._do(lambda: self.slipway.actions.retry(self.wizard), starts=True)

    def action_undo_step(self) -> None:
        self._do(lambda: self.slipway.actions.undo_step(self.wizard), UNDO_STEP, starts=True)

    def action_undo_all(self) -> None:
        self._do(lambda: self.slipway.actions.undo_all(self.wizard), UNDO_ALL, starts=True)

    def action_restart(self) -> None:
        self.slipway.go("nodes")

    @work(exclusive=True, group="do")
    async def _do(self, action: Callable[[], None], question: Text | None = None, starts: bool = False) -> None:
        """Give the engine a command or, with `starts`, start one; ask first where there is a question."""
        if question and not await self.app.push_screen_wait(Confirm(question)):
            return
        self.refusal = []
        try:
            await in_background(action)
        except SlipwayError as error:
            self.refusal = [error.report]
            self.bring_up_to_date()
            return
        if starts:
            self.stay = False
            self._follow()
