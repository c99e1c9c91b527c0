"""What nothing names goes after a while, whatever happens meanwhile; what is damaged or missing is found."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from mlplatform.cli.main import app
from mlplatform.core import artifacts, logs, operators, sweep
from mlplatform.core.platform import Platform
from mlplatform.storage.blobs import once
from mlplatform.storage.tables import Base, Lease, RefreshToken, StoredImage
from typer.testing import CliRunner

from tests.platform.api.test_operators import IMAGE, description
from tests.platform.images import tar_of
from tests.platform.scheduler.test_loops import ANN, submit


def _age(platform: Platform, digest: str | None = None) -> None:
    """Make what is stored two days old."""
    for path in Path(platform.settings.blobs).rglob("*"):
        if path.is_file() and digest in (None, path.name):
            os.utime(path, times=(time.time() - 2 * 86400,) * 2)


async def _digests(platform: Platform) -> set[str]:
    return {found.digest async for found in platform.blobs.list()}


async def test_only_what_is_old_and_nameless_is_deleted(platform: Platform) -> None:
    task = await submit(platform)  # with a data set
    await logs.append(platform, task.id, "output", 0, part="a", offset=0, content=b"a line\n")
    named = await _digests(platform)
    old = await platform.blobs.put(once(b"an output of a request that failed"))
    _age(platform)
    young = await platform.blobs.put(once(b"just stored, to be named in a moment"))
    (Path(platform.settings.blobs) / ".incoming-old").write_bytes(b"half")
    _age(platform, ".incoming-old")
    swept = await sweep.sweep(platform)
    assert (swept.deleted, swept.bytes, swept.kept, swept.broken_off) == (1, old.size, 3, 1)
    assert await _digests(platform) == named | {young.digest}
    assert (await sweep.sweep(platform)).deleted == 0


def test_every_table_that_names_blobs_is_asked() -> None:
    """A table with a digest is one of blobs, but for images themselves, whose digest is the key of a row, and tokens."""
    tables = {m.class_ for m in Base.registry.mappers if "digest" in m.columns} - {StoredImage, RefreshToken}
    assert tables == set(sweep.NAMING)


async def test_an_image_is_kept_as_long_as_an_operator_runs_in_it(platform: Platform) -> None:
    await operators.register(platform, ANN, description()["text"])
    await operators.put_image(platform, ANN, "mine", "1.0.0", once(tar_of(IMAGE)))
    before = await _digests(platform)
    _age(platform)
    assert before and (await sweep.sweep(platform)).deleted == 0
    await operators.remove(platform, ANN, "mine", "1.0.0")
    assert (await sweep.sweep(platform)).deleted == len(before)


async def test_a_sweep_and_uploads_at_the_same_time(platform: Platform) -> None:
    """Old nameless content is uploaded again and again while sweeps go on: whatever has a name is there."""

    async def upload(n: int) -> None:
        for _ in range(5):
            await artifacts.upload_dataset(platform, ANN, f"d{n}", "d.bin", _slowly(b"the same", bytes([n])))

    for n in range(4):
        await platform.blobs.put(_slowly(b"the same", bytes([n])))
    _age(platform)
    uploads = asyncio.gather(*(upload(n) for n in range(4)))
    while not uploads.done():
        await sweep.sweep(platform)
    await uploads
    assert [f async for f in sweep.verify(platform) if isinstance(f, sweep.Damage)] == []
    assert len(await _digests(platform)) == 4


async def _slowly(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


async def test_damage_and_loss_are_found(platform: Platform) -> None:
    await artifacts.upload_dataset(platform, ANN, "good", "d.bin", once(b"good"))
    rotten = await platform.blobs.put(once(b"rotten"))
    lost = await artifacts.upload_dataset(platform, ANN, "lost", "d.bin", once(b"lost"))
    folder = Path(platform.settings.blobs)
    (folder / rotten.digest[:2] / rotten.digest).write_bytes(b"rotter")
    digest = lost.files[0].digest.removeprefix("sha256:")
    (folder / digest[:2] / digest).unlink()
    found = [f async for f in sweep.verify(platform)]
    damage = {f.digest: f.what for f in found if isinstance(f, sweep.Damage)}
    assert damage.keys() == {rotten.digest, digest} and len(found) == 3
    assert damage[digest] == "it is named and not there" and "its content has the digest" in damage[rotten.digest]


async def test_one_of_all_processes_sweeps_once_a_day(platform: Platform) -> None:
    first, second = sweep.Daily(platform), sweep.Daily(platform)
    for n in range(3):
        old = await platform.blobs.put(once(b"%d" % n))
        _age(platform)
        await first.look()
        await second.look()
        assert (old.digest in await _digests(platform)) == (n == 1)  # which has to wait for its day
        if n == 1:
            async with platform.database.transaction() as session:
                (await session.get_one(Lease, "sweep")).expires = datetime.now(UTC)


def test_the_commands(tmp_path: Path) -> None:
    runner = CliRunner()
    from mlplatform.core.platform import open_platform
    from mlplatform.embedded import settings_for

    platform = open_platform(settings_for(tmp_path, "127.0.0.1", 8443))

    async def fill() -> None:
        await platform.database.migrate()
        await artifacts.upload_dataset(platform, ANN, "good", "d.bin", once(b"good"))
        await platform.blobs.put(once(b"nameless"))
        await platform.database.close()

    asyncio.run(fill())
    _age(platform)
    done = runner.invoke(app, ["blobs", "sweep", "--data", str(tmp_path)])
    assert done.exit_code == 0 and "deleted 1 blobs of 8 bytes, kept 1" in done.output
    done = runner.invoke(app, ["blobs", "verify", "--data", str(tmp_path)])
    assert done.exit_code == 0 and "1 blobs are good, 0 are not" in done.output
    for path in (tmp_path / "blobs").glob("??/*"):
        path.write_bytes(b"bad!")
    assert runner.invoke(app, ["blobs", "verify", "--data", str(tmp_path)]).exit_code == 1
    assert runner.invoke(app, ["blobs", "verify", "--data", str(tmp_path / "no")]).exit_code == 2
