"""What one pass of an undo works on."""

from __future__ import annotations

from collections.abc import Iterator

from .compare import Difference
from .state import State


class Work:
    """The differences to put back, and why some could not be."""

    def __init__(self, before: State, now: State, todo: list[Difference]) -> None:
        self.before = before
        self.now = now
        self.todo = todo
        self.reasons: dict[tuple[str, str], str] = {}

    def of(self, section: str) -> list[Difference]:
        return [difference for difference in self.todo if difference.section == section]

    def new(self, section: str) -> Iterator[Difference]:
        """Those whose key was not there before."""
        return (difference for difference in self.of(section) if difference.before is None)

    def gone(self, section: str) -> Iterator[Difference]:
        """Those whose key is not there any more."""
        return (difference for difference in self.of(section) if difference.after is None)

    def changed(self, section: str) -> Iterator[Difference]:
        """Those whose key is there, with another value."""
        return (d for d in self.of(section) if d.before is not None and d.after is not None)

    def note(self, difference: Difference, reason: str) -> None:
        """Remember why a difference remains; an empty reason is none."""
        if reason:
            self.reasons[(difference.section, difference.key)] = reason
