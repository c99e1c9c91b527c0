"""The last step: where the platform is, how to sign in, what was proved, how long each stage took."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text as Line
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Footer, Static

from installer.common.errors import SlipwayError
from installer.common.text import Text, language
from installer.engine import RunView
from tui.background import in_background
from tui.frame import Frame, InBothLanguages
from tui.screens.install import InstallScreen
from tui.story import stage_titles
from tui.texts import duration

if TYPE_CHECKING:
    from installer.accept.access import Access

SAID = Text(en="✓ The platform is installed and accepted.", zh="✓ 平台已安装并通过验收。")
WHERE: dict[str, Text] = {
    "url": Text(en="Address", zh="地址"),
    "token_file": Text(en="Token, in", zh="令牌文件"),
    "ca_file": Text(en="Certificate", zh="证书"),
    "report": Text(en="Report", zh="验收报告"),
    "ssh_config": Text(en="SSH", zh="SSH 配置"),
}


class DoneScreen(Frame):
    step = 5
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n,o", "report", "report"),
        Binding("escape", "back", "back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.access: Access | None = None
        self.view = RunView()

    def body(self) -> ComposeResult:
        with VerticalScroll(id="done"):
            yield Static(Line(str(SAID), "bold green"), classes="note")
            yield Static(self._where(), id="where")
            yield Static(self._times(), id="times")

    def on_mount(self) -> None:
        self.query_one("#done").focus()
        self.look()

    @work(exclusive=True)
    async def look(self) -> None:
        """Find what there is to tell."""
        actions, wizard = self.slipway.actions, self.wizard
        try:
            self.view = await in_background(lambda: actions.look(wizard))
            self.access = await in_background(lambda: actions.access(wizard))
        except SlipwayError as error:
            self.show_problems(error)
        self.bring_up_to_date()

    def show_state(self) -> None:
        self.query_one("#where", Static).update(self._where())
        self.query_one("#times", Static).update(self._times())

    def action_back(self) -> None:
        self.app.switch_screen(InstallScreen(stay=True))

    def action_report(self) -> None:
        if self.access:
            self.app.push_screen(ReportScreen(self.access))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "report":  # greyed out while there is no report
            return True if self.access and _page(self.access).exists() else None
        return True

    def _where(self) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        if self.access:
            for name, label in WHERE.items():
                value = _page(self.access) if name == "report" else getattr(self.access, name)
                table.add_row(str(label), Line(str(value)))
            hours = Text(
                en="The token is good for {n} hours; `slipway accept` makes a new one.",
                zh="令牌有效期 {n} 小时；`slipway accept` 会生成新的令牌。",
            )
            table.add_row("", Line(str(hours.format(n=self.access.token_hours)), "dim"))
        return table

    def _times(self) -> Table:
        """What each stage took: on several machines at once, the slowest counts."""
        longest: dict[str, float] = {}
        for step in self.view.steps.values():
            longest[step.stage] = max(longest.get(step.stage, 0), step.seconds or 0)
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        table.add_column(str(Text(en="Stage", zh="阶段")), no_wrap=True, overflow="ellipsis")
        table.add_column(str(Text(en="Time", zh="用时")), justify="right")
        titles = stage_titles(self.wizard.plan)
        for stage, seconds in longest.items():
            table.add_row(Line(str(titles.get(stage, stage))), duration(seconds))
        if longest:
            table.add_row(
                Line(str(Text(en="Together", zh="合计")), "bold"), Line(duration(sum(longest.values())), "bold")
            )
        return table


class ReportScreen(InBothLanguages):
    """The acceptance report as a page, in the language in use."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "app.pop_screen", "back")]

    def __init__(self, access: Access) -> None:
        super().__init__()
        self.access = access

    def compose(self) -> ComposeResult:
        from textual.widgets import Markdown  # a tenth of the whole start, for one page at the end

        with VerticalScroll(id="report"):
            yield Markdown(_page(self.access).read_text())
        yield Footer()


def _page(access: Access) -> Path:
    return access.report.with_name(f"{access.report.name}.{language()}.md")
