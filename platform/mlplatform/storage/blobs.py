"""Blobs: content under its SHA-256. One small interface, so that another store can stand in for the folder."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

CHUNK = 1 << 20


@dataclass(frozen=True)
class Blob:
    """What is known of stored content."""

    digest: str
    size: int


class BlobStore(Protocol):
    """Keeps content; what was stored never changes."""

    async def put(self, content: AsyncIterable[bytes]) -> Blob: ...

    def get(self, digest: str) -> AsyncIterator[bytes]: ...


class FolderStore:
    """Blobs as files of a folder (a volume): `ab/abcdef…`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def put(self, content: AsyncIterable[bytes]) -> Blob:
        """Store content durably; it appears only when complete, and once however often it is stored.

        Raises:
            OSError: the volume is full or broken.
        """
        handle, name = await asyncio.to_thread(tempfile.mkstemp, dir=self._folder, prefix=".incoming-")
        temporary = Path(name)
        digest, size = hashlib.sha256(), 0
        try:
            with os.fdopen(handle, "wb") as file:
                async for chunk in content:
                    digest.update(chunk)
                    size += len(chunk)
                    await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(_sync, file)
            path = self._path(digest.hexdigest())
            path.parent.mkdir(exist_ok=True)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return Blob(digest.hexdigest(), size)

    async def get(self, digest: str) -> AsyncIterator[bytes]:
        """The content in pieces.

        Raises:
            FileNotFoundError: there is no such blob.
        """
        with self._path(digest).open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


async def once(content: bytes) -> AsyncIterator[bytes]:
    """Content at hand as what `put` takes."""
    yield content
