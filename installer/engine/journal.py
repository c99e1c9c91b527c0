"""The journal of a site: what was about to happen, in order, on disk before it happened."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from installer.common.errors import SlipwayError
from installer.common.files import sync_folder
from installer.common.text import Text
from installer.engine.lock import is_held
from installer.models.journal import EVENT, Event, Progress, RunEnded

POLL = 0.2
"""Seconds between two looks at a journal that is followed: quicker than the eye, 5 stat calls a second."""


class Journal:
    """Appends events; only the engine that holds the site's lock may have one.

    A last line that a crash cut in two is removed when the journal is opened: what it would have said did not happen.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        sync_folder(path.parent)
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(self._file, whole)
            os.fsync(self._file)
        self.seq = len(read(path))

    def write(self, kind: type[Any], **fields: Any) -> Event:
        """Append an event and return it; durable before this returns; progress alone may be lost in a power cut."""
        event: Event = kind(at=datetime.now(UTC).isoformat(timespec="microseconds"), seq=self.seq, **fields)
        os.write(self._file, event.model_dump_json().encode() + b"\n")
        if kind is not Progress:
            os.fsync(self._file)
        self.seq += 1
        return event

    def close(self) -> None:
        os.close(self._file)


def read(path: Path) -> list[Event]:
    """All events; none where there is no journal yet.

    Raises:
        SlipwayError: a line in the middle is damaged.
    """
    if not path.exists():
        return []
    return [_parse(path, number, line) for number, line in enumerate(_whole_lines(path.read_bytes()), 1)]


def follow(path: Path, *, since: int = 0, wait: Callable[[], None] = lambda: time.sleep(POLL)) -> Iterator[Event]:
    """Yield events as they are written, from number `since` on, until the run ends or its engine has died.

    Args:
        since: `Event.seq` of the first event to yield.
        wait: what to do while nothing is new; an exception of it ends the following.
    """
    offset = number = 0
    while True:
        held = is_held(path.parent)  # looked at before reading: what a dying engine wrote last is still read
        lines, size = _lines_from(path, offset)
        offset += size
        for line in lines:
            number += 1
            event = _parse(path, number, line)
            if event.seq < since:
                continue
            yield event
            if isinstance(event, RunEnded):
                return
        if not lines:
            if not held:
                return
            wait()


def _lines_from(path: Path, offset: int) -> tuple[list[bytes], int]:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            content = file.read()
    except FileNotFoundError:
        return [], 0
    lines = _whole_lines(content)
    return lines, content.rfind(b"\n") + 1


def _whole_lines(content: bytes) -> list[bytes]:
    """The complete lines: what comes after the last line break was cut off while it was written."""
    return content[: content.rfind(b"\n") + 1].splitlines()


def _parse(path: Path, number: int, line: bytes) -> Event:
    try:
        return EVENT.validate_json(line)
    except ValidationError as error:
        raise SlipwayError(
            Text(en="the journal is damaged", zh="日志已损坏"),
            where=f"{path}:{number}",
            why=Text.same(str(error.errors()[0]["msg"])),
            fix=Text(
                en="each node keeps a copy in /var/lib/slipway/journal.jsonl: put that in its place",
                zh="每个节点在 /var/lib/slipway/journal.jsonl 保存有副本：请用它替换",
            ),
        ) from error
