"""Tables by migration are the tables of the code; blobs are whole or not there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from mlplatform.core.platform import Platform
from mlplatform.storage.blobs import FolderStore, once
from mlplatform.storage.tables import Base


async def test_the_migrations_make_what_the_code_expects(platform: Platform) -> None:
    async with platform.database.engine.connect() as connection:
        different = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts={"compare_type": True}), Base.metadata)
        )
    assert different == []


async def test_migrating_again_changes_nothing(platform: Platform) -> None:
    await platform.database.migrate()


async def test_a_blob_is_stored_once_under_its_digest(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    first, again = await store.put(once(b"abc")), await store.put(once(b"abc"))
    assert first == again and first.size == 3
    assert first.digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert b"".join([piece async for piece in store.get(first.digest)]) == b"abc"
    assert sum(f.is_file() for f in tmp_path.rglob("*")) == 1


async def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await FolderStore(tmp_path).put(broken())
    assert [f for f in tmp_path.rglob("*") if f.is_file()] == []
