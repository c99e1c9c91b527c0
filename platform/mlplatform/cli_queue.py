"""`mlplatform queue`, `explain` and `what-if`: what waits, why, and what would be if it asked for something else."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from mlplatform.client import Client, ClientError

DataOption = Annotated[Path | None, typer.Option(help="An embedded platform's folder: has its token and authority")]
UrlOption = Annotated[str, typer.Option(envvar="MLPLATFORM_URL", help="Where the API is")]
TokenOption = Annotated[Path | None, typer.Option(envvar="MLPLATFORM_TOKEN_FILE", help="File of a bearer token")]
CaOption = Annotated[Path | None, typer.Option(envvar="MLPLATFORM_CA_FILE", help="The authority to trust")]
JsonOption = Annotated[bool, typer.Option("--json", help="What the API answers, for programs")]
IdArgument = Annotated[str, typer.Argument(help="A task's id")]
URL = "https://127.0.0.1:8443"


def queue(
    *,
    data: DataOption = None,
    url: UrlOption = URL,
    token: TokenOption = None,
    ca: CaOption = None,
    raw: JsonOption = False,
) -> None:
    """What waits, in the order in which it is considered, and why."""
    with _told():
        found = _connect(data, url, token, ca).call("GET", "/queue")
    if raw:
        _print_json(found)
        return
    for item in found["items"]:
        print(f"{item['queue']:8}{item['position']:>6}  {item['id']}  {item['tenant']}  {item['name']}")
        print(f"{'':16}{_words(item['reason']['text'])}")


def explain(
    id: IdArgument,
    *,
    data: DataOption = None,
    url: UrlOption = URL,
    token: TokenOption = None,
    ca: CaOption = None,
    raw: JsonOption = False,
) -> None:
    """Where a task stands: which rule holds it, what would free it, and when it is expected to start."""
    with _told():
        found = _connect(data, url, token, ca).call("GET", f"/tasks/{id}/explain")
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
    url: UrlOption = URL,
    token: TokenOption = None,
    ca: CaOption = None,
    raw: JsonOption = False,
) -> None:
    """What would be decided about a waiting task if it asked for something else. Changes nothing."""
    resources: dict[str, Any] = {"cpu": cpu, "memory": memory, "replicas": replicas}
    with _told():
        client = _connect(data, url, token, ca)
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
    now, then = ("现在", "那样") if _chinese() else ("now", "then")
    print(f"{now}: {_words(found['now']['text'])}")
    print(f"{then}: {_words(found['then']['text'])}")


def pause(
    what: Annotated[str, typer.Argument(help="A task's id; `tasks` or `services` for a whole queue")],
    *,
    data: DataOption = None,
    url: UrlOption = URL,
    token: TokenOption = None,
    ca: CaOption = None,
) -> None:
    """Hold a task back, or a whole queue; a task that runs is stopped and goes back to the queue."""
    with _told():
        _set_paused(_connect(data, url, token, ca), what, True)


def resume(
    what: Annotated[str, typer.Argument(help="A task's id; `tasks` or `services` for a whole queue")],
    *,
    data: DataOption = None,
    url: UrlOption = URL,
    token: TokenOption = None,
    ca: CaOption = None,
) -> None:
    """Let what was paused go on."""
    with _told():
        _set_paused(_connect(data, url, token, ca), what, False)


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


def _connect(data: Path | None, url: str, token: Path | None, ca: Path | None) -> Client:
    if data:
        token, ca = token or data / "admin.token", ca or data / "tls/ca.crt"
    if token is None:
        raise typer.BadParameter("name a token's file with --token, or an embedded platform's folder with --data")
    return Client(url, token, ca, "zh" if _chinese() else "en")


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong is a sentence."""
    try:
        yield
    except ClientError as error:
        print(f"mlplatform: {error}", file=sys.stderr)
        raise typer.Exit(1) from error


def _words(text: dict[str, str]) -> str:
    return text["zh" if _chinese() else "en"]


def _chinese() -> bool:
    """By the locale's variables, in their order of precedence."""
    chosen = next((v for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := os.environ.get(name))), "")
    return chosen.lower().startswith("zh")


def _print_json(found: Any) -> None:
    print(json.dumps(found, indent=2, ensure_ascii=False))
