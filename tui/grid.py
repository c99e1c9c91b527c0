"""The table of an installation: a line for each stage, a column for each machine and one for the cluster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.text import Text as Line
from textual.widgets import DataTable

from installer.common.text import Text
from installer.models.journal import StepState
from installer.models.plan import Plan
from tui.story import stage_titles
from tui.texts import STATE, duration

CLUSTER = ""
"""The column of the steps that belong to no machine."""
COLUMN = 12
"""Cells for `► 1:05/12:00`."""


def place(step: str) -> tuple[str, str]:
    """The stage and the machine (or CLUSTER) of a step's id: `nodes/n1/runtime`, `cluster/network`."""
    parts = step.split("/")
    return (parts[2], parts[1]) if parts[0] == "nodes" else (parts[1], CLUSTER)


@dataclass(frozen=True)
class Cell:
    """A step as the table shows it; seconds: what it took, or has taken so far."""

    state: StepState
    seconds: float | None = None
    expected: float | None = None

    def line(self) -> Line:
        symbol, style, name = STATE[self.state]
        if self.state in ("running", "undoing") and self.seconds is not None:
            words = duration(self.seconds)
            if self.expected and self.state == "running":
                words += f"/{duration(self.expected)}"
        elif self.state in ("done", "failed") and self.seconds is not None:
            words = duration(self.seconds)
        else:
            words = str(name) if self.state != "waiting" else ""
        return Line(f"{symbol} {words}", style, no_wrap=True, overflow="ellipsis")


class Grid(DataTable[Line]):
    """Filled by `show`; scrolls both ways when there are more machines or stages than room."""

    def __init__(self) -> None:
        super().__init__(id="grid", cursor_type="none", zebra_stripes=True, fixed_columns=1)
        self._at_work = -1
        """The line of the stage at work."""

    def lay_out(self, steps: Iterable[str], plan: Plan | None) -> None:
        """Make the lines and columns for these steps, in this order."""
        places = [place(step) for step in steps]
        stages = list(dict.fromkeys(stage for stage, _ in places))
        machines = [m for m in dict.fromkeys(machine for _, machine in places) if m != CLUSTER]
        titles = stage_titles(plan)
        self.clear(columns=True)
        room = self.app.size.width - 4 - (COLUMN + 2) * (len(machines) + 1) - 2
        self.add_column(str(Text(en="Stage", zh="阶段")), key="stage", width=max(16, min(60, room)))
        for machine in machines:
            self.add_column(Line(machine, no_wrap=True, overflow="ellipsis"), key=machine, width=COLUMN)
        self.add_column(str(Text(en="cluster", zh="集群")), key=CLUSTER, width=COLUMN)
        for stage in stages:
            title = Line(str(titles.get(stage, stage)), no_wrap=True, overflow="ellipsis")
            self.add_row(title, *[Line("")] * (len(machines) + 1), key=stage)

    def show(self, cells: dict[str, Cell]) -> None:
        """Bring the table up to date, and the stage at work into sight when another one begins.

        Steps that were not laid out are left out.
        """
        known = {place(step): cell for step, cell in cells.items() if place(step)[0] in self.rows}
        for (stage, machine), cell in known.items():
            line = cell.line()
            if self.get_cell(stage, machine) != line:
                self.update_cell(stage, machine, line)
        at_work = [stage for (stage, _), cell in known.items() if cell.state in ("running", "undoing")]
        line_at_work = self.get_row_index(at_work[0]) if at_work else -1
        if line_at_work != self._at_work:
            self._at_work = line_at_work
            self.scroll_to(y=max(0, line_at_work - 2), animate=False)
