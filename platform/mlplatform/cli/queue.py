"""`mlplatform queue`, `explain`, `what-if`, `pause` and `resume`: what waits, why, and what would change that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlplatform.cli.connection import DataOption, JsonOption, connected
from mlplatform.language import is_chinese, of_terminal

if TYPE_CHECKING:
    from mlplatform.client import Client

IdArgument = Annotated[str, typer.Argument(help="A task's id")]


def queue(
    data: DataOption = None,
    raw: JsonOption = False,
) -> None:
    """What waits, in the order in which it is considered, and why."""
    with connected(data) as client:
        found = client.call("GET", "/queue")
    if raw:
        _print_json(found)
        return
    for item in found["items"]:
        print(f"{item['queue']:8}{item['position']:>6}  {item['id']}  {item['tenant']}  {item['name']}")
        print(f"{'':16}{_words(item['reason']['text'])}")


def explain(
    id: IdArgument,
    data: DataOption = None,
    raw: JsonOption = False,
) -> None:
    """Where a task stands: which rule holds it, what would free it, and when it is expected to start."""
    with connected(data) as client:
        found = client.call("GET", f"/tasks/{id}/explain")
    if raw:
        _print_json(found)
        return
    text = (found["outcome"] or found["reason"] or {}).get("text")
    print(f"{found['state']}: {_words(text)}" if text else found["state"])


def what_if(
    id: IdArgument,
    *,
    cpu: Annotated[float | None, typer.Option(help="Cores of each replica")] = None,
    memory: Annotated[str | None, typer.Option(help="Memory of each replica: 512Mi, 4Gi")] = None,
    gpus: Annotated[int | None, typer.Option(help="GPUs of each replica")] = None,
    model: Annotated[list[str] | None, typer.Option(help="An allowed GPU model; again for more; `any` for any")] = None,
    replicas: Annotated[int | None, typer.Option()] = None,
    priority: Annotated[int | None, typer.Option(min=-100, max=100)] = None,
    data: DataOption = None,
    raw: JsonOption = False,
) -> None:
    """What would be decided about a waiting task if it asked for something else. Changes nothing."""
    resources: dict[str, Any] = {"cpu": cpu, "memory": memory, "replicas": replicas}
    with connected(data) as client:
        if gpus is not None or model:
            resources["gpu"] = client.call("GET", f"/tasks/{id}")["resources"]["gpu"]
        if gpus is not None:
            resources["gpu"]["count"] = gpus
        if model:
            resources["gpu"]["models"] = [] if model == ["any"] else model
        found = client.call("POST", f"/tasks/{id}/what-if", {"resources": resources, "priority": priority})
    if raw:
        _print_json(found)
        return
    for key, label in (("now", {"en": "now", "zh": "现在"}), ("then", {"en": "then", "zh": "那样"})):
        print(f"{_words(label)}: {_words(found[key]['text'])}")


def pause(
    what: Annotated[str, typer.Argument(help="A task's id; `tasks` or `services` for a whole queue")],
    data: DataOption = None,
) -> None:
    """Hold a task back, or a whole queue; a task that runs is stopped and goes back to the queue."""
    with connected(data) as client:
        _set_paused(client, what, True)


def resume(
    what: Annotated[str, typer.Argument(help="A task's id; `tasks` or `services` for a whole queue")],
    data: DataOption = None,
) -> None:
    """Let what was paused go on."""
    with connected(data) as client:
        _set_paused(client, what, False)


def _set_paused(client: Client, what: str, paused: bool) -> None:
    if what in ("tasks", "services"):
        client.call("PUT", f"/queue/{what[:-1]}", {"paused": paused})
    else:
        client.call("POST", f"/tasks/{what}/{'pause' if paused else 'resume'}")


def add_to(app: typer.Typer) -> None:
    app.command("queue")(queue)
    app.command("explain")(explain)
    app.command("what-if")(what_if)
    app.command("pause")(pause)
    app.command("resume")(resume)


def _words(text: dict[str, str]) -> str:
    return text["zh" if is_chinese(of_terminal()) else "en"]


def _print_json(found: Any) -> None:
    print(json.dumps(found, indent=2, ensure_ascii=False))
