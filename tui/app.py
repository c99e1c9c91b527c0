"""The application: which screen is open, and what they share."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.worker import WorkerFailed

from installer.common.text import Text
from installer.engine import is_held
from tui.actions import Actions
from tui.frame import Frame
from tui.screens.check import CheckScreen
from tui.screens.configure import ConfigureScreen
from tui.screens.done import DoneScreen
from tui.screens.install import InstallScreen
from tui.screens.nodes import NodesScreen
from tui.screens.plan import PlanScreen
from tui.wizard import Wizard

SCREENS: dict[str, type[Frame]] = {
    "nodes": NodesScreen,
    "check": CheckScreen,
    "configure": ConfigureScreen,
    "plan": PlanScreen,
    "install": InstallScreen,
    "done": DoneScreen,
}


GOES_ON = Text(
    en="The run goes on. See it again: slipway tui --site {file}   or: slipway status --follow --site {file}",
    zh="任务仍在继续。再次查看：slipway tui --site {file}   或：slipway status --follow --site {file}",
)


class SlipwayApp(App[None]):
    """The wizard. Every screen is made anew from `wizard` when it opens."""

    CSS_PATH = "slipway.tcss"
    TITLE = "Slipway"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "close", "close", priority=True),
        Binding("ctrl+c", "copy", show=False),  # copies a selection, as in any program; it does not close
    ]

    def __init__(self, wizard: Wizard, actions: Actions, first: str = "nodes") -> None:
        super().__init__()
        self.wizard = wizard
        self.actions = actions
        self.first = first

    def on_mount(self) -> None:
        self.push_screen(SCREENS[self.first]())

    def go(self, name: str) -> None:
        """Open another step of the wizard in place of this one."""
        self.switch_screen(SCREENS[name]())

    def action_close(self) -> None:
        self.exit(message=str(GOES_ON.format(file=self.wizard.site_file)) if is_held(self.wizard.run_dir) else None)

    @property
    def fault(self) -> BaseException | None:
        """What the application died of; None when it was closed."""
        error = self._exception
        return error.error if isinstance(error, WorkerFailed) else error

    def _fatal_error(self) -> None:
        """Close without Textual's traceback: the command line tells of a fault its own way, for every command."""
        self._close_messages_no_wait()
