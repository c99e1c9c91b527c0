"""Recorded decisions: a JSON object a line, that replays to the same decisions, bit for bit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from mlplatform.scheduler.decide import decide
from mlplatform.scheduler.state import Decision, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One look at the queues."""

    now: float
    """Unix time."""
    state: State
    decisions: tuple[Decision, ...]


@dataclass(frozen=True)
class Difference:
    """Where a replay decided otherwise."""

    line: int
    recorded: Decision | None
    replayed: Decision | None


class InvalidTrace(Exception):
    """A line of a trace is not a recorded round; says which and why."""


_ROUND = TypeAdapter(Round)


def line(state: State, now: float, decisions: Iterable[Decision]) -> bytes:
    """A round as a line of a trace."""
    return _ROUND.dump_json(Round(now=now, state=state, decisions=tuple(decisions))) + b"\n"


def replay(lines: Iterable[bytes]) -> Iterator[Difference | None]:
    """For each line None, or the first decision that is not as recorded.

    Raises:
        InvalidTrace: see there.
    """
    for number, text in enumerate(lines, 1):
        try:
            recorded = _ROUND.validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"])) or "line"
            raise InvalidTrace(f"{number}: {field}: {first['msg']}") from error
        again = decide(recorded.state, recorded.now)
        pairs = zip([*recorded.decisions, None], [*again, None], strict=False)
        yield next((Difference(number, old, new) for old, new in pairs if old != new), None)
