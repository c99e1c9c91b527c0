"""`mlplatform logs`: what a task wrote, and with -f what it writes."""

from __future__ import annotations

import json
import sys
from typing import Annotated
from urllib.parse import quote

import typer

from mlplatform.cli.connection import DataOption, connected
from mlplatform.language import of_terminal
from mlplatform.models.base import Text

_EXPIRED = Text(
    en="the token has expired, the task goes on; go on with a new token",
    zh="令牌已过期，任务仍在继续；请换用新令牌后再查看",
)


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
            said = json.loads(event.data)
            if event.kind == "log":
                sys.stdout.write(said)
                sys.stdout.flush()
            elif said == "expired":
                print(f"mlplatform: {_EXPIRED.of(of_terminal())}", file=sys.stderr)
                raise typer.Exit(1)
