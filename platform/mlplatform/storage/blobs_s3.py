"""Blobs in a bucket of any store that speaks S3: `PREFIX/ab/abcdef…`."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from mlplatform.storage.blobs import CHUNK, DIGEST, Blob, Stored, StoreError

INCOMING = "incoming/"
WHOLE = 8 << 20
"""Bytes up to which content is sent in one request, under its own name: pieces of logs, most outputs."""
COPY = 5 << 30
"""Bytes that S3 copies in one request; what is larger is sent again."""
FULL = re.compile(r"InsufficientStorage|StorageFull|QuotaExceeded|507 |no space left", re.IGNORECASE)
"""How stores say that there is no room."""
LETTING_GO = 0.2
"""Seconds in which the library's threads give back Python's objects: an interpreter that ends before aborts (obstore 0.12)."""
TIMEOUT, TRIES = timedelta(seconds=30), timedelta(seconds=20)
"""Of one request, and of its repetitions while the store is away: callers have patience of their own."""


class S3BlobStore:
    """An S3 bucket.

    Args:
        url: `s3://BUCKET/PREFIX`.
        endpoint: `https://HOST:PORT` of the store; None for Amazon's.
        ca_file: the certificate authority of the endpoint, beside the usual ones.
        credentials: a file with the access key in its first line and the secret key in its second.

    Raises:
        OSError, ValueError: a file is missing, or not what it should be.
    """

    def __init__(
        self, url: str, endpoint: str | None, ca_file: Path | None, credentials: Path | None, region: str
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc:
            raise ValueError(f"{url}: not s3://BUCKET/PREFIX")
        config: dict[str, Any] = {"region": region, "virtual_hosted_style_request": False}
        if endpoint:
            config["endpoint"] = endpoint
        if credentials:
            lines = credentials.read_text().split()
            if len(lines) != 2:
                raise ValueError(f"{credentials}: not an access key and a secret key, each in a line")
            config |= {"access_key_id": lines[0], "secret_access_key": lines[1]}
        client: dict[str, Any] = {"timeout": TIMEOUT, "connect_timeout": timedelta(seconds=5)}
        if ca_file:
            client["root_certificate"] = ca_file.read_bytes()
        self._store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            client_options=client,  # type: ignore[arg-type]
            retry_config={"retry_timeout": TRIES, "max_retries": 8},
            **config,
        )

    async def put(self, content: AsyncIterable[bytes]) -> Blob:
        """Up to `WHOLE` in one request; more under a name for the while, since its digest is known at its end, and then copied."""
        digest, size, begin = hashlib.sha256(), 0, bytearray()
        temporary, writer = INCOMING + secrets.token_hex(16), None
        try:
            async for piece in content:
                digest.update(piece)
                size += len(piece)
                if writer is not None:
                    with _told():
                        await writer.write(piece)
                    continue
                begin += piece
                if size > WHOLE:
                    with _told():
                        writer = obstore.open_writer_async(self._store, temporary, buffer_size=WHOLE, max_concurrency=2)
                        await writer.write(bytes(begin))
                    begin.clear()
            path = _path(digest.hexdigest())
            with _told(missing="the bucket is missing"):
                if writer is None:
                    await obstore.put_async(self._store, path, bytes(begin), use_multipart=False)
                else:
                    await writer.close()
                    await self._copy(temporary, path, size)
        finally:
            if writer is not None:
                with contextlib.suppress(BaseError, OSError):
                    await (
                        writer.close()
                    )  # what broke off is completed under its name for the while, so that no parts stay
                with contextlib.suppress(BaseError, OSError):
                    await obstore.delete_async(self._store, temporary)
        return Blob(digest.hexdigest(), size)

    async def _copy(self, source: str, target: str, size: int) -> None:
        if size <= COPY:
            await obstore.copy_async(self._store, source, target)
            return
        writer = obstore.open_writer_async(self._store, target, buffer_size=4 * WHOLE, max_concurrency=2)
        async for piece in self._read(source):
            await writer.write(piece)
        await writer.close()

    async def get(self, digest: str) -> AsyncIterator[bytes]:
        async for piece in self._read(_path(digest)):
            yield piece

    async def _read(self, path: str) -> AsyncIterator[bytes]:
        with _told():
            found = await obstore.get_async(self._store, path)
            async for piece in found.stream(min_chunk_size=CHUNK):
                yield bytes(piece)

    async def list(self) -> AsyncIterator[Stored]:
        with _told():
            async for page in obstore.list(self._store, chunk_size=1000):
                for item in page:
                    name = str(item["path"]).rpartition("/")[2]
                    if DIGEST.fullmatch(name):
                        yield Stored(name, item["size"], item["last_modified"])

    async def delete(self, digest: str, before: datetime) -> bool:
        """S3 has no deletion on condition: what is stored again between the look and the deletion, a moment, would be lost."""
        try:
            with _told():
                if (await obstore.head_async(self._store, _path(digest)))["last_modified"] >= before:
                    return False
                await obstore.delete_async(self._store, _path(digest))
        except FileNotFoundError:
            pass
        return True

    async def clear(self, before: datetime) -> int:
        """Parts of uploads that were never completed are the bucket's to drop: a lifecycle rule."""
        with _told():
            found = [i async for page in obstore.list(self._store, prefix=INCOMING) for i in page]
            old = [i["path"] for i in found if i["last_modified"] < before]
            if old:
                await obstore.delete_async(self._store, old)
        return len(old)

    async def close(self) -> None:
        await asyncio.sleep(LETTING_GO)


@contextmanager
def _told(missing: str = "") -> Iterator[None]:
    """What the library says, in the store's words; `missing`: what it means when something is not there."""
    try:
        yield
    except FileNotFoundError as error:
        if missing:
            raise StoreError(f"the blob store: {missing}") from error
        raise
    except (BaseError, ValueError) as error:
        raise StoreError(f"the blob store: {_brief(error)}", bool(FULL.search(str(error)))) from error


def _brief(error: Exception) -> str:
    """The first line: what follows are the causes again, with the library's inner life."""
    return str(error).strip().partition("\n")[0][:300]


def _path(digest: str) -> str:
    return f"{digest[:2]}/{digest}"
