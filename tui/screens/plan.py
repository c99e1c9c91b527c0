"""The fourth step: everything that would be done, how it is taken back, how long it should take."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Group, RenderableType
from rich.text import Text as Line
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.models.plan import Plan, PlannedStep
from tui.background import in_background
from tui.confirm import Confirm
from tui.frame import Frame
from tui.texts import duration
from tui.widgets import Browser, Row, columns, labelled

PLANNING = Text(en="Making the plan…", zh="正在制定计划…")
STARTING = Text(en="Checking the machines a last time, then starting…", zh="正在最后一次检查机器，随后启动…")


class PlanScreen(Frame):
    step = 3
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "accept", "accept"),
        Binding("escape", "back", "back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.busy: Text | None = None

    def body(self) -> ComposeResult:
        yield Static(self._summary(), id="summary", markup=False)
        yield Browser(self._rows())

    def on_mount(self) -> None:
        self.query_one("#list").focus()
        self.make()

    @work(exclusive=True)
    async def make(self) -> None:
        wizard, actions = self.wizard, self.slipway.actions
        self._say(PLANNING)
        try:
            wizard.plan = await in_background(lambda: actions.make_plan(wizard))
        except SlipwayError as error:
            wizard.plan = None
            self.show_problems(error)
        self._say(None)

    def _say(self, what: Text | None) -> None:
        """Say what is being done, which no other plan may be accepted meanwhile; None: nothing is."""
        self.busy = what
        self.bring_up_to_date()

    def show_state(self) -> None:
        self.query_one("#summary", Static).update(self._summary())
        self.query_one(Browser).show(self._rows())

    def action_back(self) -> None:
        self.slipway.go("configure")

    @work(exclusive=True)
    async def action_accept(self) -> None:
        """Ask once more, then hand the plan to the engine."""
        plan, actions = self.wizard.plan, self.slipway.actions
        assert plan is not None
        question = Text(
            en="Install now? {steps} steps on {nodes} machine(s), about {time}. Every step can be taken back.",
            zh="现在安装？共 {steps} 步、{nodes} 台机器，约 {time}。每一步都可以撤销。",
        ).format(steps=len(plan.steps), nodes=len(self.wizard.nodes), time=duration(expected(plan)))
        if not await self.app.push_screen_wait(Confirm(question)):
            return
        self._say(STARTING)
        try:
            await in_background(lambda: actions.install(self.wizard))
        except SlipwayError as error:
            self.show_problems(error)
            self._say(None)
        else:
            self.slipway.go("install")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("accept", "back") and self.busy:
            return None
        return True if action != "accept" or self.wizard.plan else None

    def _summary(self) -> Line:
        plan = self.wizard.plan
        if self.busy:
            return Line(str(self.busy), "bold")
        if plan is None:
            return Line(str(Text(en="There is no plan yet.", zh="尚无计划。")), "bold")
        text = Text(
            en="{steps} steps, {changes} changes, about {time}; nothing has been changed yet",
            zh="共 {steps} 步、{changes} 项改动，约 {time}；目前尚未作任何改动",
        )
        changes = sum(len(step.changes) for step in plan.steps)
        return Line(str(text.format(steps=len(plan.steps), changes=changes, time=duration(expected(plan)))), "bold")

    def _rows(self) -> list[Row]:
        plan = self.wizard.plan
        return [Row(step.id, _line(n, step), _detail(step)) for n, step in enumerate(plan.steps, 1)] if plan else []


def expected(plan: Plan) -> float:
    """Seconds the plan should take: the machines work at the same time, so of one stage the slowest counts."""
    stages: dict[str, float] = {}
    for step in plan.steps:
        stages[step.stage] = max(stages.get(step.stage, 0), step.seconds)
    return sum(stages.values())


def _place(step: PlannedStep) -> str:
    return step.node or str(Text(en="cluster", zh="集群"))


def _line(number: int, step: PlannedStep) -> RenderableType:
    changes = str(Text(en="{n} changes", zh="{n} 项改动").format(n=len(step.changes)))
    return columns(
        (f"{number:>2}", 2), (_place(step), 12), (str(step.title), None), (changes, 12), (duration(step.seconds), 6)
    )


def _detail(step: PlannedStep) -> RenderableType:
    changes = Line("\n").join(
        Line(f"{change.kind} {change.target}", "cyan").append(f"  {change.text}", "not dim default")
        for change in step.changes
    )
    return Group(
        Line(f"{step.title} ({step.id})", "bold"),
        labelled(Text(en="Changes", zh="改动"), changes if step.changes else Line("-")),
        labelled(Text(en="How it is taken back", zh="如何撤销"), Line(str(step.undo))),
    )
