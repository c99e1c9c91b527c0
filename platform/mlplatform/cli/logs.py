"""`mlplatform logs`: what a task wrote, and with -f what it writes."""

from __future__ import annotations

import json
import sys
from typing import Annotated
from urllib.parse import quote

import typer

from mlplatform.cli.connection import DataOption, connected


def logs(
    id: Annotated[str, typer.Argument(help="A task's id")],
    *,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Until the task has ended")] = False,
    rank: Annotated[int, typer.Option(min=0, help="Of the replica")] = 0,
    data: DataOption = None,
) -> None:
    """Print what a task wrote."""
    path = f"/tasks/{quote(id, safe='')}/logs"
    with connected(data) as client:
        if not follow:
            sys.stdout.buffer.write(client.content(path, params={"rank": rank}))
            return
        for event in client.follow(f"{path}/events", params={"rank": rank}):
            if event.kind == "log":
                sys.stdout.write(json.loads(event.data))
                sys.stdout.flush()
