"""`mlplatform apply`, `run`, `runs`, `run-status`, `run-cancel` and `run-retry`: what files describe, and workflows that run."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlplatform.cli.connection import DataOption, JsonOption, connected
from mlplatform.language import is_chinese, of_terminal

if TYPE_CHECKING:
    from mlplatform.client import Client

LOOK = 0.5
"""Seconds between two looks at a run that is waited for."""
IdArgument = Annotated[str, typer.Argument(help="A run's id")]
_OUTCOMES = {"created": "已创建", "changed": "已更新", "unchanged": "无变化"}


def apply(
    files: Annotated[
        list[Path],
        typer.Argument(help="Description files; what one describes the others may use", exists=True, dir_okay=False),
    ],
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON")] = False,
) -> None:
    """Make a platform have what files describe: data sets, models, workflows, services, schedules. Again changes nothing."""
    from mlplatform.apply import apply as carry_out
    from mlplatform.models.mistakes import InvalidDescription

    done: list[dict[str, str]] = []
    mistakes: list[dict[str, object]] = []
    language = of_terminal()
    with connected(data) as client:
        try:
            for item in carry_out(client, files):
                done.append({"file": str(item.file), "kind": item.kind, "name": item.name, "outcome": item.outcome})
                if not as_json:
                    word = _OUTCOMES[item.outcome] if is_chinese(language) else item.outcome
                    print(f"{item.file}: {item.kind} {item.name}: {word}", flush=True)
        except InvalidDescription as error:
            mistakes = [m.as_json() for m in error.mistakes]
            if not as_json:
                print(error.show(language), file=sys.stderr)
    if as_json:
        _print_json({"applied": done, "mistakes": mistakes})
    if mistakes:
        raise typer.Exit(1)


def run(
    workflow: Annotated[str, typer.Argument(help="A stored workflow's name")],
    *,
    version: Annotated[int | None, typer.Option(min=1, help="The newest when left out")] = None,
    tenant: Annotated[str | None, typer.Option(help="Whose quota it uses")] = None,
    priority: Annotated[int, typer.Option(min=-100, max=100)] = 0,
    cache: Annotated[bool, typer.Option(help="Reuse what the same step on the same data gave before")] = True,
    wait: Annotated[
        bool, typer.Option("--wait", help="Until it has ended; exit code 1 when it did not succeed")
    ] = False,
    data: DataOption = None,
    raw: JsonOption = False,
) -> None:
    """Run a workflow."""
    body = {"version": version, "tenant": tenant, "priority": priority, "cache": cache}
    with connected(data) as client:
        found = client.call("POST", f"/workflows/{workflow}/runs", body)
        if wait:
            found = _follow(client, found, quiet=raw)
    if raw:
        _print_json(found)
    elif wait:
        _show(found)
    else:
        print(found["id"])
    if wait and found["state"] != "succeeded":
        raise typer.Exit(1)


def runs(
    workflow: Annotated[str | None, typer.Option(help="Of this one only")] = None,
    state: Annotated[str | None, typer.Option(help="In this state only")] = None,
    data: DataOption = None,
    raw: JsonOption = False,
) -> None:
    """The last runs, newest first."""
    wanted = {key: value for key, value in (("workflow", workflow), ("state", state)) if value}
    with connected(data) as client:
        found = client.call("GET", "/runs", params=wanted)
    if raw:
        _print_json(found)
        return
    for item in found["items"]:
        print(_line(item))


def run_status(id: IdArgument, data: DataOption = None, raw: JsonOption = False) -> None:
    """Where a run and each of its steps stand, and why."""
    _act("GET", f"/runs/{id}", data, raw)


def run_cancel(id: IdArgument, data: DataOption = None, raw: JsonOption = False) -> None:
    """Stop a run and what of it waits or runs."""
    _act("POST", f"/runs/{id}/cancel", data, raw)


def run_retry(id: IdArgument, data: DataOption = None, raw: JsonOption = False) -> None:
    """Do again what did not succeed of a run."""
    _act("POST", f"/runs/{id}/retry", data, raw)


def add_to(app: typer.Typer) -> None:
    app.command("apply")(apply)
    app.command("run")(run)
    app.command("runs")(runs)
    app.command("run-status")(run_status)
    app.command("run-cancel")(run_cancel)
    app.command("run-retry")(run_retry)


def _act(method: str, path: str, data: Path | None, raw: bool) -> None:
    with connected(data) as client:
        found = client.call(method, path)
    if raw:
        _print_json(found)
    else:
        _show(found)


def _follow(client: Client, found: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    """Look at a run until it has ended, and say what changes."""
    seen: dict[str, str] = {}
    while True:
        for name, step in found["steps"].items():
            if seen.get(name, "waiting") != step["state"] and not quiet:
                print(f"{name}: {step['state']}", file=sys.stderr, flush=True)
            seen[name] = step["state"]
        if found["state"] not in ("running", "cancelling"):
            return found
        time.sleep(LOOK)
        found = client.call("GET", f"/runs/{found['id']}")


def _show(found: dict[str, Any]) -> None:
    print(_line(found))
    for name, step in found["steps"].items():
        for task in step["tasks"]:
            value = "" if task["value"] is None else f"={json.dumps(task['value'], ensure_ascii=False)}"
            cached = (" (沿用)" if is_chinese(of_terminal()) else " (cached)") if task["cached"] else ""
            metrics = " ".join(f"{key}={number:g}" for key, number in task["metrics"].items())
            why = _words(task["reason"])
            parts = [f"  {name + value:24} {task['state'] + cached:20}", task["id"] or "-", metrics, why]
            print("  ".join(part for part in parts if part).rstrip())


def _line(item: dict[str, Any]) -> str:
    paused = (" (已暂停)" if is_chinese(of_terminal()) else " (paused)") if item["paused"] else ""
    parts = [item["id"], f"{item['workflow']} {item['version']}", item["state"] + paused, item["created_at"][:19]]
    return "  ".join([*parts, *filter(None, [_words(item["reason"])])])


def _words(reason: dict[str, Any] | None) -> str:
    return reason["text"]["zh" if is_chinese(of_terminal()) else "en"] if reason else ""


def _print_json(found: Any) -> None:
    print(json.dumps(found, indent=2, ensure_ascii=False))
