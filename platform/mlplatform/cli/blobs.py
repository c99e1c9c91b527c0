"""`mlplatform blobs`: what the blob store keeps, for operators. Reads the platform's own settings, and works beside it while it runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from mlplatform.core.platform import Platform

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, help="Stored content: artifacts' files, logs.")
DataOption = Annotated[Path | None, typer.Option(help="An embedded platform's folder, instead of MLPLATFORM_…")]


@app.command()
def sweep(
    data: DataOption = None,
    grace: Annotated[int, typer.Option(min=1, help="Hours that content is kept which nothing names")] = 24,
) -> None:
    """Delete what nothing names any more. The scheduler does so each day."""
    from datetime import timedelta

    from mlplatform.core.sweep import sweep as run

    swept = _with(data, lambda platform: run(platform, timedelta(hours=grace)))
    print(f"deleted {swept.deleted} blobs of {swept.bytes} bytes, kept {swept.kept}; {swept.broken_off} broken uploads")


@app.command()
def verify(data: DataOption = None) -> None:
    """Read everything and compare it with its digest. Exit code 0: all good, 1: something is damaged or missing."""
    from mlplatform.core.sweep import Damage
    from mlplatform.core.sweep import verify as run

    async def all_of(platform: Platform) -> tuple[int, int]:
        good = bad = 0
        async for found in run(platform):
            if isinstance(found, Damage):
                bad += 1
                print(f"{found.digest}: {found.what}", file=sys.stderr)
            else:
                good += 1
        return good, bad

    good, bad = _with(data, all_of)
    print(f"{good} blobs are good, {bad} are not")
    raise typer.Exit(1 if bad else 0)


def _with(data: Path | None, work: Callable[[Platform], Awaitable[T]]) -> T:
    """What `work` makes of the platform."""
    from sqlalchemy.exc import SQLAlchemyError

    from mlplatform.processes import configure_logs, open_from_environment

    configure_logs()
    if data is not None:
        if not (data / "platform.db").exists():
            raise typer.BadParameter(f"{data} is no folder of `mlplatform serve`", param_hint="--data")
        from mlplatform.core.platform import open_platform
        from mlplatform.embedded import settings_for

        platform = open_platform(settings_for(data, "127.0.0.1", 8443))
    else:
        platform = open_from_environment()

    async def run() -> T:
        try:
            return await work(platform)
        finally:
            await platform.blobs.close()
            await platform.database.close()

    try:
        return asyncio.run(run())
    except (OSError, SQLAlchemyError) as error:
        print(f"mlplatform: {error}", file=sys.stderr)
        raise typer.Exit(3) from error
