"""Logs and metrics: shipped in pieces while work runs, so they outlive process, pod and node."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import AsyncIterator
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mlplatform.core.platform import Platform
from mlplatform.errors import conflict
from mlplatform.metrics import LOG_BYTES
from mlplatform.models.base import Text
from mlplatform.storage.blobs import once
from mlplatform.storage.tables import LogChunk, Task

Stream = Literal["output", "metrics"]
METRICS = 1000
"""Names of metrics that a task shows; all that it wrote is in its stream."""


async def append(
    platform: Platform, workload_id: str, stream: Stream, rank: int, *, part: str, offset: int, content: bytes
) -> int:
    """Add a piece that begins `offset` bytes after the start of its part; returns that part's new length.

    Sending a piece again is harmless, so a sender that saw no answer just repeats.

    Args:
        part: the buffer that it comes from. What is new of each goes to the end of the stream: parts follow each other
            when work starts anew, and mingle in whole pieces when replicas of a service write at the same time.

    Raises:
        Problem: 409 when the piece would leave a hole; it names the length so far.
    """
    while True:
        length, have = await _lengths(platform, workload_id, stream, rank, part)
        if offset > have:
            gap = Text(en="A piece of the log is missing before this one.", zh="此前缺少一段日志。")
            raise conflict("gap", gap, f"have {have} bytes, got offset {offset}")
        if not (fresh := content[have - offset :]):
            return have
        blob = await platform.blobs.put(once(fresh))
        chunk = LogChunk(
            workload_id=workload_id,
            stream=stream,
            rank=rank,
            offset=length,
            size=blob.size,
            digest=blob.digest,
            part=part,
            part_offset=have,
        )
        try:
            async with platform.database.transaction() as session:
                session.add(chunk)
                await session.flush()
                await platform.database.changes.mention(session, f"log/{workload_id}")
                if stream == "metrics" and rank == 0 and (task := await session.get(Task, workload_id)):
                    task.metrics = merged(task.metrics, last_values(fresh))
        except IntegrityError:
            continue  # another piece took this place a moment ago: this one's repetition, or another part's
        LOG_BYTES.labels(stream).inc(len(fresh))
        return have + len(fresh)


async def _lengths(platform: Platform, workload_id: str, stream: Stream, rank: int, part: str) -> tuple[int, int]:
    """Bytes of the stream so far, and of a part of it."""
    of_stream = (LogChunk.workload_id == workload_id, LogChunk.stream == stream, LogChunk.rank == rank)
    ends = select(LogChunk.offset + LogChunk.size, LogChunk.part_offset + LogChunk.size).where(*of_stream)
    last = ends.order_by(LogChunk.offset.desc()).limit(1)
    async with platform.database.transaction() as session:
        whole = (await session.execute(last)).first()
        own = (await session.execute(last.where(LogChunk.part == part))).first()
    return (whole[0] if whole else 0), (own[1] if own else 0)


async def read(platform: Platform, workload_id: str, stream: Stream, rank: int, offset: int) -> AsyncIterator[bytes]:
    """The stream from `offset` to what is there now."""
    query = (
        select(LogChunk)
        .where(
            LogChunk.workload_id == workload_id,
            LogChunk.stream == stream,
            LogChunk.rank == rank,
            LogChunk.offset + LogChunk.size > offset,
        )
        .order_by(LogChunk.offset)
    )
    async with platform.database.transaction() as session:
        chunks = list(await session.scalars(query))
    for chunk in chunks:
        skip = max(0, offset - chunk.offset)
        async for piece in platform.blobs.get(chunk.digest):
            yield piece[skip:]
            skip = max(0, skip - len(piece))


def last_values(lines: bytes) -> dict[str, float]:
    """The last number of each name in JSON lines; what is no such line is skipped: a user's program wrote it."""
    values: dict[str, float] = {}
    for line in lines.splitlines():
        try:
            found: Any = json.loads(line)
            if isinstance(found, dict):
                numbers = {
                    k: float(v) for k, v in found.items() if isinstance(v, int | float) and not isinstance(v, bool)
                }
                values |= {k: v for k, v in numbers.items() if math.isfinite(v) and _is_name(k)}
        except (ValueError, OverflowError, RecursionError):
            continue
    return values


def merged(known: dict[str, float], new: dict[str, float]) -> dict[str, float]:
    """What is known with what is new: at most `METRICS` names, the first ones."""
    room = METRICS - len(known)
    fresh = set(itertools.islice((name for name in new if name not in known), max(0, room)))
    return known | {name: value for name, value in new.items() if name in known or name in fresh}


def _is_name(text: str) -> bool:
    """Whether every database can keep it."""
    return len(text) <= 200 and text.isprintable()
