"""How far packing is: bars on a terminal, lines elsewhere, JSON where a program reads."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text as RichText

from appliance.pack.run import Event, Listener
from installer.common.text import Text


@contextmanager
def show_progress(as_json: bool) -> Iterator[Listener]:
    """A listener for pack's events that shows them as suits where the output goes."""
    if as_json:
        yield lambda event: print(event.model_dump_json(exclude_defaults=True), flush=True)
        return
    console = Console(stderr=True)
    if console.is_terminal:
        with _Bars(console) as bars:
            yield bars
    else:
        yield _line


def _line(event: Event) -> None:
    match event.kind:
        case "plan" if event.steps:
            words = Text(en="{steps} steps to make", zh="需完成 {steps} 个步骤").format(steps=event.steps)
        case "start":
            words = Text(en="{step} …", zh="{step} …").format(step=event.step)
        case "done":
            words = Text(
                en="{step} done in {seconds:.1f} s  {text}", zh="{step} 完成，用时 {seconds:.1f} 秒  {text}"
            ).format(step=event.step, seconds=event.seconds, text=event.text)
        case _:
            return
    print(f"  {words}", file=sys.stderr, flush=True)


class _Bars(Progress):
    """A bar for all, and one for each step under way, which moves by the time it is expected to take."""

    def __init__(self, console: Console) -> None:
        columns: list[ProgressColumn] = [
            TextColumn("{task.description}", table_column=None),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            _Doing("{task.fields[doing]}"),
        ]
        super().__init__(*columns, console=console, transient=True)
        self._guard = threading.Lock()
        self._running: dict[str, TaskID] = {}
        self._all: TaskID | None = None

    def __call__(self, event: Event) -> None:
        with self._guard:
            match event.kind:
                case "plan" if event.steps:
                    title = str(Text(en="all", zh="总计"))
                    self._all = self.add_task(title, total=event.seconds, doing="")
                case "start":
                    self._running[event.step] = self.add_task(event.step, total=event.seconds, doing="")
                case "say":
                    self.update(self._running[event.step], doing=event.text)
                case "done":
                    task = self._running.pop(event.step)
                    if self._all is not None:
                        self.advance(self._all, self.tasks[self.task_ids.index(task)].total or 0)
                    self.remove_task(task)

    def get_renderables(self) -> Iterator[object]:  # type: ignore[override]
        for name in list(self._running.values()):
            task = self.tasks[self.task_ids.index(name)]
            # Never full before it is done: the expectation may be wrong.
            self.update(name, completed=min(task.elapsed or 0, (task.total or 1) * 0.97))
        yield from super().get_renderables()


class _Doing(TextColumn):
    """What a step is doing, cut to one line."""

    def render(self, task: Task) -> RichText:
        text = super().render(task)
        text.truncate(60, overflow="ellipsis")
        return text
