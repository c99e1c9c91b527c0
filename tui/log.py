"""The story of a run, as a pane that scrolls."""

from __future__ import annotations

from textual.events import Resize
from textual.widgets import RichLog

from installer.common.text import Text
from installer.models.journal import Event, Progress, RunStarted
from installer.models.plan import Plan
from tui.story import story


class StoryLog(RichLog):
    """The newest run's events, one line each; told anew for another width, since a log wraps once and for all."""

    def __init__(self, plan: Plan | None, events: list[Event]) -> None:
        super().__init__(id="log", wrap=True, markup=False, min_width=20)
        self.plan = plan
        self.events = events
        """The screen's own list: what has happened so far."""
        self._width = 0
        self._told: dict[str, Text] = {}
        """What each step said last."""

    def tell(self, event: Event) -> None:
        """Write what has happened; the start of a run begins the story anew."""
        if isinstance(event, RunStarted):
            self.clear()
        self._write(event)

    def on_resize(self, event: Resize) -> None:
        if self._width and event.size.width != self._width:
            self.call_after_refresh(self.tell_again)
        self._width = event.size.width

    def tell_again(self) -> None:
        """Write everything that has happened, anew."""
        self.clear()
        self._told.clear()
        for event in self.events:
            self._write(event)
        self.call_after_refresh(self.scroll_end, animate=False)

    def _write(self, event: Event) -> None:
        if isinstance(event, Progress):
            if self._told.get(event.step) == event.text:
                return  # a sign of life while nothing changes
            self._told[event.step] = event.text
        if (line := story(event, self.plan)) is not None:
            self.write(line)
