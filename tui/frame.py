"""What every screen of the wizard has: the way at the top, the keys at the bottom, errors, both languages."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text as Line
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, Static

from installer.common.errors import ErrorReport, SlipwayError
from installer.common.paths import version
from installer.common.text import Text, language, use_language
from tui.texts import KEYS
from tui.widgets import Browser, Problems

if TYPE_CHECKING:
    from tui.app import SlipwayApp
    from tui.wizard import Wizard

WAY: list[Text] = [
    Text(en="Machines", zh="机器"),
    Text(en="Check", zh="检查"),
    Text(en="Configure", zh="配置"),
    Text(en="Plan", zh="计划"),
    Text(en="Install", zh="安装"),
    Text(en="Done", zh="完成"),
]
"""The steps of the wizard, in order."""


class InBothLanguages(Screen[None]):
    """A screen that is a function of its state, so that another language is only a matter of composing it again."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f2", "language", "language")]

    def __init__(self) -> None:
        super().__init__()
        self.spoken = language()
        self.standing = True
        """Whether the widgets are there: composing again takes a moment, in which events go on."""

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The keys, named in the language in use and in the order of KEYS, in which the footer shows them."""
        order = {name: place for place, name in enumerate(KEYS)}
        active = sorted(
            super().active_bindings.items(), key=lambda item: order.get(item[1].binding.description, len(order))
        )
        return {key: _named(binding) for key, binding in active}

    async def on_screen_resume(self) -> None:
        if self.spoken != language():  # it was changed while another screen lay over this one
            await self.compose_again()

    async def action_language(self) -> None:
        use_language("en" if language() == "zh" else "zh")
        await self.compose_again()

    async def compose_again(self) -> None:
        """Show the state anew; the focus stays where it was."""
        self.spoken = language()
        focused = self.focused.id if self.focused else None
        self.standing = False
        await self.recompose()
        self.standing = True
        self.bring_up_to_date()
        if focused and (widget := next(iter(self.query(f"#{focused}")), None)):
            widget.focus()

    def bring_up_to_date(self) -> None:
        """Show the state as it is now; while the screen is composed again, that does it."""
        if self.standing:
            self.show_state()
            self.refresh_bindings()

    def show_state(self) -> None:
        """Fill the widgets from the state, where that is not all done as they are composed."""


def _named(active: ActiveBinding) -> ActiveBinding:
    name = active.binding.description
    if name not in KEYS:
        return active
    return active._replace(binding=dataclasses.replace(active.binding, description=str(KEYS[name])))


class Frame(InBothLanguages):
    """One step of the wizard. Subclasses yield their content in `body` and set `step` (index into WAY)."""

    step: ClassVar[int]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[ErrorReport] = []

    @property
    def slipway(self) -> SlipwayApp:
        return cast("SlipwayApp", self.app)

    @property
    def wizard(self) -> Wizard:
        return self.slipway.wizard

    def compose(self) -> ComposeResult:
        yield Static(self._title(), id="title")
        yield Static(self._way(), id="way")
        with Vertical(id="body"):
            yield from self.body()
        yield Problems(self.problems)
        yield Footer()

    async def compose_again(self) -> None:
        chosen = [browser.chosen for browser in self.query(Browser)]
        await super().compose_again()
        for browser, row in zip(self.query(Browser), chosen, strict=True):
            browser.choose(row)

    def body(self) -> ComposeResult:
        yield Widget()

    def show_problems(self, *errors: SlipwayError | ErrorReport) -> None:
        """Show errors above the keys; without any, take away what was shown."""
        self.problems = [error.report if isinstance(error, SlipwayError) else error for error in errors]
        if self.standing:
            self.query_one(Problems).show(self.problems)

    def _title(self) -> Line:
        return Line(f"Slipway {version()}  {self.wizard.site_file}")

    def _way(self) -> Line:
        line = Line()
        for index, name in enumerate(WAY):
            if index == self.step:
                line.append(f"►{index + 1} {name}", "bold reverse")
            else:
                line.append(
                    f"{'✓' if index < self.step else ' '}{index + 1} {name}", "" if index < self.step else "dim"
                )
            line.append("  ")
        return line
