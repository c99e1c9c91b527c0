"""Models that come from elsewhere: all files of a version in one tar archive, stored as they arrive."""

from __future__ import annotations

import asyncio
import hashlib
import tarfile
from collections.abc import AsyncIterable, AsyncIterator
from typing import IO, cast

from mlplatform.core import artifacts
from mlplatform.core.platform import Platform
from mlplatform.errors import invalid
from mlplatform.models.base import Text
from mlplatform.models.workload import ArtifactView
from mlplatform.storage.blobs import CHUNK
from mlplatform.storage.tables import ArtifactFile
from mlplatform.tokens import Caller

HEADERS = 4 * CHUNK
"""Bytes that may be read on the way from one file to the next: a file's name and attributes have some thousand."""
MOST = 10_000
"""Entries of an archive."""
_WRONG = Text(en="The body is no tar archive of a model's files.", zh="请求内容不是模型文件的 tar 归档。")


async def upload_model(platform: Platform, caller: Caller, name: str, content: AsyncIterable[bytes]) -> ArtifactView:
    """Store the files of an archive as the next version of a model.

    Raises:
        Problem: 422 for what is no tar archive, is empty, or has links, devices or paths that lead out; 403, or 409 when the name is another's.
    """
    async with platform.database.transaction() as session:
        tenant = await artifacts.tenant_of(session, caller, "model", name, None)
    files: dict[str, ArtifactFile] = {}
    members = 0
    reader = _Reader(content, asyncio.get_running_loop())
    try:
        archive = await asyncio.to_thread(_open, reader)
        while member := await asyncio.to_thread(_next, archive, reader):
            members += 1
            if member.isdir() and members <= MOST:
                continue
            artifacts.check_path(member.name)
            opened = archive.extractfile(member) if member.isreg() else None
            if opened is None or member.name in files or members > MOST:
                raise invalid(_WRONG, f"{member.name[:100]}: each file once, no links, at most {MOST} entries")
            files[member.name] = await artifacts.store(platform, member.name, _pieces(opened), table=False)
    except tarfile.TarError as error:
        raise invalid(_WRONG, str(error)) from error
    if not files:
        raise invalid(_WRONG, "it has no files")
    digest = await reader.finish()
    return await artifacts.add_version(
        platform, caller, "model", name, list(files.values()), tenant=tenant, content=digest
    )


class _Reader:
    """Lets a thread read what arrives in the event loop."""

    def __init__(self, content: AsyncIterable[bytes], loop: asyncio.AbstractEventLoop) -> None:
        self._pieces = aiter(content)
        self._loop = loop
        self._rest = bytearray()
        self._digest = hashlib.sha256()
        self.allowed: int | None = HEADERS
        """Bytes that may be read yet; None for any number."""

    def read(self, size: int) -> bytes:
        if self.allowed is not None:
            self.allowed -= size
            if self.allowed < 0:
                raise tarfile.ReadError("a header is too large")
        while len(self._rest) < size:
            piece = asyncio.run_coroutine_threadsafe(self._following(), self._loop).result()
            if not piece:
                break
            self._rest += piece
        taken = bytes(self._rest[:size])
        del self._rest[:size]
        return taken

    async def finish(self) -> str:
        """Read what stands behind the archive's end, and forget it. Returns the SHA-256 of all that arrived."""
        while await self._following():
            pass
        return self._digest.hexdigest()

    async def _following(self) -> bytes:
        """The next piece that is not empty; nothing at the end."""
        async for piece in self._pieces:
            if piece:
                self._digest.update(piece)
                return piece
        return b""


def _open(reader: _Reader) -> tarfile.TarFile:
    return tarfile.open(fileobj=cast(IO[bytes], reader), mode="r|", bufsize=CHUNK)


def _next(archive: tarfile.TarFile, reader: _Reader) -> tarfile.TarInfo | None:
    """The next member; what stands before it is of bounded size."""
    reader.allowed = HEADERS
    member = archive.next()
    reader.allowed = None
    return member


async def _pieces(opened: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(opened.read, CHUNK):
        yield piece
