"""Blobs: content under its SHA-256. One small interface: a folder here, an S3 bucket in blobs_s3.py."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

CHUNK = 1 << 20
INCOMING, DOOMED = ".incoming-", ".doomed-"
"""How names of files begin that are not (any longer) blobs."""
DIGEST = re.compile(r"[0-9a-f]{64}")


class StoreError(OSError):
    """The store cannot be used now; trying again later may help. `is_full`: there is no room."""

    def __init__(self, said: str, is_full: bool = False) -> None:
        super().__init__(said)
        self.is_full = is_full


@dataclass(frozen=True)
class Blob:
    """What is known of stored content."""

    digest: str
    size: int


@dataclass(frozen=True)
class Stored:
    """A blob as it lies in the store."""

    digest: str
    size: int
    at: datetime
    """When it was stored last."""


class BlobStore(Protocol):
    """Keeps content; what was stored never changes."""

    async def put(self, content: AsyncIterable[bytes]) -> Blob:
        """Store content of any length durably; it appears only when complete, and once however often it is stored.

        Raises:
            StoreError: it is full or broken. What the content itself raises passes through, and nothing is stored.
        """

    def get(self, digest: str) -> AsyncIterator[bytes]:
        """The content in pieces.

        Raises:
            FileNotFoundError: there is no such blob.
            StoreError: it cannot be read.
        """

    def list(self) -> AsyncIterator[Stored]:
        """Everything there is, in no order."""

    async def delete(self, digest: str, before: datetime) -> bool:
        """Take a blob away, but not one that was stored again since `before`; whether it is gone."""

    async def clear(self, before: datetime) -> int:
        """Take away what uploads left that broke off before then; how many."""

    async def close(self) -> None:
        """Let go of what the store holds itself."""


class FolderStore:
    """Blobs as files of a folder (a volume): `ab/abcdef…`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def put(self, content: AsyncIterable[bytes]) -> Blob:
        with _told():
            handle, name = await asyncio.to_thread(tempfile.mkstemp, dir=self._folder, prefix=INCOMING)
        temporary = Path(name)
        digest, size = hashlib.sha256(), 0
        try:
            with os.fdopen(handle, "wb") as file:
                async for chunk in content:
                    digest.update(chunk)
                    size += len(chunk)
                    with _told():
                        await asyncio.to_thread(file.write, chunk)
                with _told():
                    await asyncio.to_thread(_sync, file)
            with _told():
                await asyncio.to_thread(_place, temporary, self._path(digest.hexdigest()))
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return Blob(digest.hexdigest(), size)

    async def get(self, digest: str) -> AsyncIterator[bytes]:
        with _told(), self._path(digest).open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk

    async def list(self) -> AsyncIterator[Stored]:
        with _told():
            for folder in await asyncio.to_thread(lambda: sorted(self._folder.glob("[0-9a-f][0-9a-f]"))):
                for stored in await asyncio.to_thread(_look, folder):
                    yield stored

    async def delete(self, digest: str, before: datetime) -> bool:
        """Out of the way first: what is stored meanwhile is a new file, and one that was stored a moment before comes back."""
        path = self._path(digest)
        doomed = self._folder / f"{DOOMED}{digest}"
        with _told():
            try:
                await asyncio.to_thread(path.rename, doomed)
            except FileNotFoundError:
                return True
            if _changed(doomed) >= before:
                await asyncio.to_thread(doomed.rename, path)
                return False
            await asyncio.to_thread(doomed.unlink)
        return True

    async def clear(self, before: datetime) -> int:
        with _told():
            return await asyncio.to_thread(self._clear, before)

    async def close(self) -> None: ...

    def _clear(self, before: datetime) -> int:
        found = 0
        for path in self._folder.glob(f"{DOOMED}*"):  # a deletion broke off: its blob may have been stored just then
            with contextlib.suppress(FileNotFoundError):
                path.rename(self._path(path.name.removeprefix(DOOMED)))
        for path in self._folder.glob(f"{INCOMING}*"):
            with contextlib.suppress(FileNotFoundError):
                if _changed(path) < before:
                    path.unlink()
                    found += 1
        return found

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


@contextmanager
def _told() -> Iterator[None]:
    """What the file system says, in the store's words."""
    try:
        yield
    except (FileNotFoundError, StoreError):
        raise
    except OSError as error:
        raise StoreError(
            f"the blob store: {error.strerror or error}", error.errno in (errno.ENOSPC, errno.EDQUOT)
        ) from error


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _place(temporary: Path, path: Path) -> None:
    """Give a file its name, for good: the folder's entry is on the disk too."""
    path.parent.mkdir(exist_ok=True)
    temporary.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _look(folder: Path) -> list[Stored]:
    found = []
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if DIGEST.fullmatch(path.name):
                status = path.stat()
                found.append(Stored(path.name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC)))
    return found


async def once(content: bytes) -> AsyncIterator[bytes]:
    """Content at hand as what `put` takes."""
    yield content
