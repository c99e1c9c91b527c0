"""A question before something that matters."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Label

from installer.common.text import Text


class Confirm(ModalScreen[bool]):
    """Ask; the safe answer has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)"),
        Binding("y", "answer(True)"),
        Binding("n", "answer(False)"),
        Binding("left,right", "app.focus_next"),
    ]

    def __init__(self, question: Text) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Label(str(self.question), markup=False)
            with Horizontal():
                yield Button(str(Text(en="No (n)", zh="否 (n)")), id="no")
                yield Button(str(Text(en="Yes (y)", zh="是 (y)")), id="yes", variant="primary")

    def on_mount(self) -> None:
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
