"""What every blob store promises, tried on a folder and on a real S3 store; and what is one's own."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mlplatform.core.platform import Platform
from mlplatform.storage.blobs import Blob, BlobStore, FolderStore, StoreError, once
from mlplatform.storage.blobs_s3 import WHOLE, S3BlobStore

from tests.platform.conftest import ClientOf
from tests.platform.served import ROOT
from tests.platform.storage.conftest import Gateway

SOON = timedelta(minutes=1)


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.lab)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "folder":
        return FolderStore(tmp_path / "blobs")
    gateway: Gateway = request.getfixturevalue("gateway")
    return gateway.store(secrets.token_hex(8))


async def _pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def _content(store: BlobStore, digest: str) -> bytes:
    return b"".join([piece async for piece in store.get(digest)])


async def _all(store: BlobStore) -> dict[str, int]:
    return {found.digest: found.size async for found in store.list()}


@pytest.mark.parametrize("size", [0, 1, 1000, WHOLE, WHOLE + 1, 3 * WHOLE])
async def test_what_is_put_is_got(store: BlobStore, size: int) -> None:
    content = os.urandom(size)
    pieces = [content[at : at + 700_000] for at in range(0, size, 700_000)]
    blob = await store.put(_pieces(*pieces))
    assert blob == Blob(hashlib.sha256(content).hexdigest(), size)
    assert await _content(store, blob.digest) == content
    assert await _all(store) == {blob.digest: size}


async def test_the_same_content_is_there_once_however_often_and_at_once(store: BlobStore) -> None:
    contents = [b"small", b"x" * (WHOLE + 1)]
    blobs = await asyncio.gather(*(store.put(once(content)) for content in contents for _ in range(4)))
    assert len(set(blobs)) == 2
    assert await _all(store) == {blob.digest: blob.size for blob in blobs}
    assert await _content(store, blobs[-1].digest) == contents[1]


@pytest.mark.parametrize("size", [10, 2 * WHOLE])
async def test_what_breaks_off_leaves_nothing(store: BlobStore, size: int) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield os.urandom(size)
        assert await _all(store) == {}  # nor shows while it comes
        raise ConnectionError("the client went away")

    with pytest.raises(ConnectionError, match="the client went away"):
        await store.put(broken())
    assert await _all(store) == {}
    assert await store.clear(datetime.now(UTC) + SOON) == 0


async def test_what_is_not_there_is_told(store: BlobStore) -> None:
    with pytest.raises(FileNotFoundError):
        await _content(store, "0" * 64)


async def test_what_is_deleted_is_gone_but_not_what_was_stored_since(store: BlobStore) -> None:
    blob = await store.put(once(b"abc"))
    assert not await store.delete(blob.digest, datetime.now(UTC) - SOON)
    assert await _content(store, blob.digest) == b"abc"
    for _ in range(2):
        assert await store.delete(blob.digest, datetime.now(UTC) + SOON)
    assert await _all(store) == {}


async def test_storing_again_makes_it_young_again(store: BlobStore) -> None:
    blob = await store.put(once(b"abc"))
    first = [found.at async for found in store.list()]
    await asyncio.sleep(1.1)  # S3 counts in seconds
    await store.put(once(b"abc"))
    assert [found.at async for found in store.list()] > first
    assert not await store.delete(blob.digest, first[0] + timedelta(seconds=1))


BIG = """
import asyncio, re, sys
sys.path.insert(0, {platform!r})
from pathlib import Path
from mlplatform.storage.blobs import FolderStore
from mlplatform.storage.blobs_s3 import S3BlobStore
def most():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
async def pieces():
    for n in range({count}):
        yield n.to_bytes(4, "big") * (1 << 18)
async def main():
    store = {store}
    before = most()
    blob = await store.put(pieces())
    size = 0
    async for piece in store.get(blob.digest):
        size += len(piece)
    assert size == blob.size == {count} << 20, size
    await store.close()
    print(most() - before)
asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["folder", pytest.param("s3", marks=pytest.mark.lab)])
def test_200_mb_are_never_in_memory(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """In a process of its own, whose memory is measured: well under the content's size."""
    if kind == "folder":
        how = f"FolderStore(Path({str(tmp_path / 'blobs')!r}))"
    else:
        gateway: Gateway = request.getfixturevalue("gateway")
        files = f"Path({str(gateway.root / 'tls/ca.crt')!r}), Path({str(gateway.root / 'credentials')!r})"
        how = f"S3BlobStore('s3://blobs/{secrets.token_hex(8)}', {gateway.endpoint!r}, {files}, 'us-east-1')"
    program = BIG.format(platform=str(ROOT / "platform"), count=200, store=how)
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 100 << 10  # KiB


async def test_a_full_volume_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """A file's size is limited for this process: the write fails as on a full volume, half-way."""
    store = FolderStore(tmp_path / "blobs")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(StoreError, match="the blob store: File too large"):
            await store.put(_pieces(b"x" * (1 << 19), b"y" * (1 << 20)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old)
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


async def test_a_deletion_that_was_killed_half_way_is_undone(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    blob = await store.put(once(b"abc"))
    (tmp_path / blob.digest[:2] / blob.digest).rename(tmp_path / f".doomed-{blob.digest}")
    await store.clear(datetime.now(UTC))
    assert await _content(store, blob.digest) == b"abc"


async def test_an_upload_under_way_is_not_cleared_away(store: BlobStore) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"a" * (2 * WHOLE)
        begun.set()
        await go_on.wait()
        yield b"b"

    putting = asyncio.create_task(store.put(slow()))
    await begun.wait()
    assert await store.clear(datetime.now(UTC) - SOON) == 0
    go_on.set()
    blob = await putting
    assert await _all(store) == {blob.digest: 2 * WHOLE + 1}


async def test_what_is_wrong_with_an_s3_store_is_told_in_a_sentence(gateway: Gateway, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the bucket is missing"):
        await gateway.store("", "nowhere").put(once(b"abc"))
    wrong = tmp_path / "wrong"
    wrong.write_text("slipway\nwrong\n")
    ca = gateway.root / "tls/ca.crt"
    for store in (
        S3BlobStore("s3://blobs/x", gateway.endpoint, ca, wrong, "us-east-1"),
        S3BlobStore("s3://blobs/x", gateway.endpoint, None, gateway.root / "credentials", "us-east-1"),  # not trusted
    ):
        with pytest.raises(StoreError, match="the blob store: ") as told:
            await store.put(once(b"abc"))
        assert "\n" not in str(told.value) and "wrong" not in str(told.value)
    wrong.write_text("alone\n")
    with pytest.raises(ValueError, match="not an access key and a secret key"):
        S3BlobStore("s3://blobs/x", gateway.endpoint, ca, wrong, "us-east-1")


async def test_an_s3_store_that_is_away_for_a_moment_is_waited_for(gateway: Gateway) -> None:
    store = gateway.store(secrets.token_hex(8))
    gateway.stop()
    putting = asyncio.create_task(store.put(once(b"abc")))
    await asyncio.sleep(0.5)  # it has met nobody meanwhile
    gateway.start()
    assert await _content(store, (await putting).digest) == b"abc"


@pytest.mark.parametrize(("is_full", "status", "code"), [(True, 507, "store_full"), (False, 503, "store")])
async def test_callers_are_told_of_a_store_that_cannot(
    platform: Platform, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, is_full: bool, status: int, code: str
) -> None:
    async def fails(*_: object) -> Blob:
        raise StoreError("the blob store: /var/lib/secret-path: No space left on device", is_full)

    monkeypatch.setattr(FolderStore, "put", fails)
    answer = await client_of().post("/api/v1/datasets/d", params={"file": "d.csv"}, content=b"1,2\n")
    assert answer.status_code == status and answer.headers["retry-after"] == "5"
    assert answer.json()["type"] == f"urn:slipway:problem:{code}" and "secret-path" not in answer.text
