"""`mlplatform audit`: who changed what."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from mlplatform.cli.connection import DataOption, JsonOption, connected


def audit(
    *,
    subject: Annotated[str | None, typer.Option(help="Only what this one did")] = None,
    action: Annotated[str | None, typer.Option(help="Only this: cancel_task")] = None,
    outcome: Annotated[str | None, typer.Option(help="done, refused or failed")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many")] = 100,
    data: DataOption = None,
    raw: JsonOption = False,
) -> None:
    """Who changed what, or tried to; newest first. For administrators."""
    wanted = {"subject": subject, "action": action, "outcome": outcome}
    query = {name: value for name, value in wanted.items() if value is not None}
    found: list[dict[str, str]] = []
    with connected(data) as client:
        following: str | None = ""
        while following is not None and len(found) < limit:
            more = {"cursor": following} if following else {}
            size = str(min(limit - len(found), 1000))
            page = client.call("GET", "/audit", params=query | more | {"limit": size})
            found += page["items"]
            following = page["next"]
    if raw:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for entry in found:
        outcome_ = " ".join(filter(None, (entry["outcome"], entry["code"])))
        print(
            f"{entry['at'][:19]}Z  {entry['subject']:16}{entry['address']:16}{entry['action']:24}{outcome_:20} {entry['what']}"
        )


def add_to(app: typer.Typer) -> None:
    app.command("audit")(audit)
