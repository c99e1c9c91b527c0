"""Logs and metrics: shipped in pieces while work runs, so they outlive process, pod and node."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform.core.platform import Platform
from mlplatform.errors import conflict
from mlplatform.metrics import LOG_BYTES
from mlplatform.models.base import Text
from mlplatform.storage.blobs import once
from mlplatform.storage.tables import LogChunk, Task

Stream = Literal["output", "metrics"]


async def append(
    platform: Platform, workload_id: str, stream: Stream, rank: int, *, base: int, offset: int, content: bytes
) -> int:
    """Add a piece that begins `offset` bytes after the start of this attempt's part; returns that part's new length.

    Sending a piece again is harmless, so a sender that saw no answer just repeats.

    Args:
        base: bytes that earlier attempts wrote.

    Raises:
        Problem: 409 when the piece would leave a hole; it names the length so far.
    """
    length = await size(platform, workload_id, stream, rank)
    have = length - base
    if offset > have:
        gap = Text(en="A piece of the log is missing before this one.", zh="此前缺少一段日志。")
        raise conflict("gap", gap, f"have {have} bytes, got offset {offset}")
    if not (fresh := content[have - offset :]):
        return have
    blob = await platform.blobs.put(once(fresh))
    async with platform.database.transaction() as session:
        key = (workload_id, stream, rank, length)
        if await session.get(LogChunk, key) is None:
            session.add(
                LogChunk(
                    workload_id=workload_id, stream=stream, rank=rank, offset=length, size=blob.size, digest=blob.digest
                )
            )
            await platform.database.changes.mention(session, f"log/{workload_id}")
            if stream == "metrics" and rank == 0 and (task := await session.get(Task, workload_id)):
                task.metrics = {**task.metrics, **last_values(fresh)}
    LOG_BYTES.labels(stream).inc(len(fresh))
    return have + len(fresh)


async def size(platform: Platform, workload_id: str, stream: Stream, rank: int) -> int:
    """Bytes of the stream so far."""
    query = (
        select(LogChunk.offset + LogChunk.size)
        .where(LogChunk.workload_id == workload_id, LogChunk.stream == stream, LogChunk.rank == rank)
        .order_by(LogChunk.offset.desc())
        .limit(1)
    )
    async with platform.database.transaction() as session:
        return await session.scalar(query) or 0


async def lengths(session: AsyncSession, workload_id: str) -> dict[str, int]:
    """Bytes of every stream of a workload, by `stream/rank`."""
    query = (
        select(LogChunk.stream, LogChunk.rank, func.max(LogChunk.offset + LogChunk.size))
        .where(LogChunk.workload_id == workload_id)
        .group_by(LogChunk.stream, LogChunk.rank)
    )
    return {f"{stream}/{rank}": length for stream, rank, length in await session.execute(query)}


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
        except ValueError:
            continue
        if isinstance(found, dict):
            values |= {k: float(v) for k, v in found.items() if isinstance(v, int | float) and not isinstance(v, bool)}
    return values
