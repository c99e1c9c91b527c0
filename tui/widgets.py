"""The few widgets that the screens share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from installer.common.errors import ErrorReport, SlipwayError
from installer.common.text import Text
from tui.texts import FIX, WHERE, WHY


def labelled(label: Text, value: RenderableType) -> RenderableType:
    """A heading and, indented below it, what it is about."""
    return Group(Line(str(label), "bold"), Padding(value, (0, 0, 0, 2)))


def columns(*cells: tuple[str | Line, int | None]) -> Table:
    """One row of a list: cells of a fixed width, or of what remains (None); what does not fit ends in an ellipsis."""
    row = Table.grid(expand=True, padding=(0, 1, 0, 0))
    for _, width in cells:
        row.add_column(width=width, ratio=None if width else 1, no_wrap=True, overflow="ellipsis")
    row.add_row(*(Line(cell) if isinstance(cell, str) else cell for cell, _ in cells))  # a str would be markup
    return row


class Problems(VerticalScroll):
    """Errors as a person should read them; takes no room while there are none."""

    def __init__(self, reports: list[ErrorReport]) -> None:
        super().__init__()
        self.reports = reports

    def compose(self) -> ComposeResult:
        yield Static(markup=False)

    def on_mount(self) -> None:
        self.show(self.reports)

    def show(self, reports: list[ErrorReport]) -> None:
        self.reports = reports
        self.display = bool(reports)
        self.query_one(Static).update(Group(*map(error_lines, reports)))


def error_lines(report: ErrorReport) -> RenderableType:
    """What, where, why and what to do, as long as each needs."""
    parts = Table.grid(padding=(0, 1, 0, 0))
    parts.add_column(style="bold", no_wrap=True)
    parts.add_column()
    for label, text in ((WHERE, report.where), (WHY, report.why), (FIX, report.fix)):
        if text:
            parts.add_row(f"{label}:", Line(str(text).strip()))
    return Group(Line(f"✗ {report.what}", "bold"), Padding(parts, (0, 0, 0, 2)))


def in_one(error: SlipwayError) -> Text:
    """An error in the room of a field: what and, where known, what to do."""
    report = error.report
    if report.fix is None:
        return report.what
    return Text(en=f"{report.what.en}; {report.fix.en}", zh=f"{report.what.zh}；{report.fix.zh}")


class Field(Vertical):
    """One line of a form: a label, an input and, when it is wrong, what is wrong with it."""

    def __init__(
        self, label: Text, value: str, *, id: str, hint: Text | None = None, error: Text | None = None
    ) -> None:
        super().__init__(id=f"field-{id}", classes="field")
        self.label = label
        self.input = Input(value, placeholder=str(hint) if hint else "", id=id, compact=True)
        self.input.cursor_blink = False  # each blink is a redraw, on a line that may be slow
        self._error = error

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Label(str(self.label))
            yield self.input
        yield Static(classes="error", markup=False)

    def on_mount(self) -> None:
        self.error(self._error)

    def error(self, text: Text | None) -> None:
        """Say what is wrong with the value, or that nothing is."""
        self._error = text
        line = self.query_one(".error", Static)
        line.update(f"✗ {text}" if text else "")
        line.display = text is not None


@dataclass(frozen=True)
class Row:
    """A line of a `Browser` and what is shown of it when it is chosen."""

    id: str
    line: RenderableType
    detail: RenderableType


class Browser(Container):
    """A list with the details of the chosen line below it, or beside it where the terminal is wide."""

    DEFAULT_CLASSES: ClassVar[str] = "browser"

    def __init__(self, rows: list[Row]) -> None:
        super().__init__()
        self.rows = rows

    def compose(self) -> ComposeResult:
        yield OptionList(*(Option(row.line, id=row.id) for row in self.rows), id="list", markup=False)
        with VerticalScroll(id="detail"):
            yield Static(markup=False)

    def on_mount(self) -> None:
        self.choose(None)

    def show(self, rows: list[Row]) -> None:
        """Replace the lines; the chosen one stays chosen while it exists."""
        chosen = self.chosen
        self.rows = rows
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(row.line, id=row.id) for row in rows)
        self.choose(chosen)

    @property
    def chosen(self) -> str | None:
        """The id of the chosen line."""
        index = self.query_one(OptionList).highlighted
        return self.rows[index].id if index is not None and index < len(self.rows) else None

    def choose(self, row: str | None) -> None:
        """Bring the cursor to a line, or to the first when there is no such line."""
        index = next((i for i, r in enumerate(self.rows) if r.id == row), 0)
        self.query_one(OptionList).highlighted = index if self.rows else None
        self._show_detail(index)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self._show_detail(event.option_index)

    def _show_detail(self, index: int) -> None:
        detail = self.query_one("#detail", VerticalScroll)
        detail.query_one(Static).update(self.rows[index].detail if index < len(self.rows) else "")
        detail.scroll_home(animate=False)
