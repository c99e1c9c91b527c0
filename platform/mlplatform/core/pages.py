"""Lists in pages: a cursor is the key of the last item that was given, so what comes and goes shifts no page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from mlplatform.errors import Problem, invalid
from mlplatform.models.base import Text
from mlplatform.models.numbers import INT32

T = TypeVar("T")
V = TypeVar("V")


@dataclass(frozen=True)
class Want:
    """Which page is asked for: `limit` items after the cursor."""

    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True)
class Page(Generic[T]):
    items: list[T]
    next: str | None
    """The cursor of the following page; None at the end."""

    def map(self, view: Callable[[T], V]) -> Page[V]:
        return Page([view(item) for item in self.items], self.next)


async def read(
    session: AsyncSession,
    query: Select[T],
    key: InstrumentedAttribute[Any],
    want: Want,
    *,
    newest_first: bool = False,
) -> Page[T]:
    """A page of rows in the order of a unique column.

    Raises:
        Problem: 422 for a cursor that is none of this list.
    """
    if want.cursor is not None:
        try:
            after = _KEYS[key.type.python_type](want.cursor)
        except (ValueError, OverflowError) as error:
            raise _wrong(want.cursor) from error
        query = query.where(key < after if newest_first else key > after)
    rows = list(await session.scalars(query.order_by(key.desc() if newest_first else key).limit(want.limit + 1)))
    page = rows[: want.limit]
    return Page(page, _cursor(getattr(page[-1], key.key)) if len(rows) > want.limit else None)


def cut(items: Sequence[T], key: Callable[[T], str], want: Want) -> Page[T]:
    """A page of what is at hand in its order.

    Raises:
        Problem: 422 when the cursor's item is not there any more.
    """
    begin = 0
    if want.cursor is not None:
        begin = next((i for i, item in enumerate(items, 1) if key(item) == want.cursor), 0)
        if not begin:
            raise _wrong(want.cursor)
    page = list(items[begin : begin + want.limit])
    return Page(page, key(page[-1]) if begin + want.limit < len(items) else None)


def _cursor(key: object) -> str:
    # A Z, since the + of +00:00 is a space in an address.
    return key.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(key, datetime) else str(key)


def _number(cursor: str) -> int:
    number = int(cursor)
    if not 0 <= number <= INT32:
        raise ValueError("no version has this number")
    return number


def _moment(cursor: str) -> datetime:
    moment = datetime.fromisoformat(cursor)
    if moment.tzinfo is None:
        raise ValueError("without a zone")
    return moment.astimezone(UTC)


_KEYS: dict[type, Callable[[str], Any]] = {str: str, int: _number, datetime: _moment}
"""What a cursor is read with, by the type of its column."""


def _wrong(cursor: str) -> Problem:
    title = Text(en="This cursor leads nowhere; begin with the first page.", zh="该游标无效，请从第一页开始。")
    return invalid(title, f"cursor: {cursor[:100]}")
