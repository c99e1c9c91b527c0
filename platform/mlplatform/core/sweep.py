"""What the blob store keeps: taking away what nothing names any more, and reading everything again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from mlplatform.core.platform import Platform
from mlplatform.storage.blobs import Stored
from mlplatform.storage.leases import Leadership
from mlplatform.storage.tables import ArtifactFile, ImageBlob, LogChunk

log = structlog.get_logger()
GRACE = timedelta(days=1)
"""How long a blob is kept that nothing names: it is stored first and named a moment later, and a transaction may take its time."""
DAY, HOUR = timedelta(days=1), 3600.0
"""Between two sweeps, and between two looks at whether one is due (seconds)."""
BATCH = 500
"""Digests in one query."""
NAMING = (ArtifactFile, LogChunk, ImageBlob)
"""The tables that refer to blobs. One that is missing here loses its content."""


@dataclass(frozen=True)
class Swept:
    """What a sweep did."""

    deleted: int
    bytes: int
    kept: int
    broken_off: int
    """Uploads that never ended."""


@dataclass(frozen=True)
class Damage:
    """A blob that is not what its name says, or is named and not there."""

    digest: str
    what: str


async def sweep(platform: Platform, grace: timedelta = GRACE) -> Swept:
    """Delete blobs older than `grace` that nothing names. Interrupted at any moment, it has only deleted less.

    Whoever stores content first and names it within `grace` keeps it: what is stored again counts from then.

    Raises:
        StoreError: the store cannot be used.
    """
    before = datetime.now(UTC) - grace
    broken_off = await platform.blobs.clear(before)
    deleted = size = kept = 0
    async for batch in _batches(platform):
        named = await _named(platform, [b.digest for b in batch])  # after the look at the store: what is named is kept
        for blob in batch:
            if blob.digest not in named and blob.at < before and await platform.blobs.delete(blob.digest, before):
                deleted, size = deleted + 1, size + blob.size
            else:
                kept += 1
    return Swept(deleted, size, kept, broken_off)


class Daily:
    """A sweep each day by one of all processes that have the store; interrupted, the next one is tomorrow."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._turn = Leadership(platform.database, "sweep", DAY)  # taken, and never renewed or released

    async def look(self) -> None:
        """Sweep if it is time."""
        if await self._turn.hold(renew=False):
            swept = await sweep(self._platform)
            log.info("swept", **asdict(swept))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(HOUR)  # not at once: a start has better things to do
            try:
                await self.look()
            except (OSError, SQLAlchemyError) as error:
                log.warning("no sweep now", error=str(error))


async def verify(platform: Platform) -> AsyncIterator[Stored | Damage]:
    """Read every blob: each that is good, each that is not, and then what is named and missing.

    Raises:
        StoreError: the store cannot be used.
    """
    found: set[str] = set()
    async for blob in platform.blobs.list():
        found.add(blob.digest)
        digest = hashlib.sha256()
        try:
            async for piece in platform.blobs.get(blob.digest):
                digest.update(piece)
        except FileNotFoundError:
            continue  # swept meanwhile; what is named shows below
        if digest.hexdigest() == blob.digest:
            yield blob
        else:
            yield Damage(blob.digest, f"its content has the digest {digest.hexdigest()}")
    async with platform.database.transaction() as session:
        queries = [select(table.digest).distinct() for table in NAMING]
        named = {digest for query in queries for digest in await session.scalars(query)}
    for digest_ in sorted(named - found):
        try:
            async for _ in platform.blobs.get(digest_):
                break  # it was stored after the look
        except FileNotFoundError:
            yield Damage(digest_, "it is named and not there")


async def _batches(platform: Platform) -> AsyncIterator[list[Stored]]:
    batch: list[Stored] = []
    async for blob in platform.blobs.list():
        batch.append(blob)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _named(platform: Platform, digests: Sequence[str]) -> set[str]:
    """Those that something refers to."""
    async with platform.database.transaction() as session:
        queries = [select(table.digest).where(table.digest.in_(digests)) for table in NAMING]
        return {digest for query in queries for digest in await session.scalars(query)}
