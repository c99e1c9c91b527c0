"""The command line. Imports what a command needs only when it runs: `token create` must not wait for the API's libraries."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

import typer

from mlplatform.cli import audit, blobs, key, logs, operators, queue, scheduler, user, workflows
from mlplatform.cli.connection import DataOption, JsonOption, connected, told

if TYPE_CHECKING:
    from mlplatform.models.kinds import Description

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=__doc__ and "The machine-learning platform.",
)
token_app = typer.Typer(no_args_is_help=True, help="Bearer tokens.")
app.add_typer(token_app, name="token")
app.add_typer(scheduler.app, name="scheduler")
app.add_typer(blobs.app, name="blobs")
app.add_typer(key.app, name="key")
queue.add_to(app)
audit.add_to(app)
user.add_to(app)
workflows.add_to(app)
app.command()(logs.logs)
operator_app = typer.Typer(no_args_is_help=True, help="Operators.")
app.add_typer(operator_app, name="operator")
operators.add_to(operator_app)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@app.command()
def serve(
    data: Annotated[Path, typer.Option(help="Folder for everything that the platform keeps")],
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8443,
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
) -> None:
    """Run the whole platform embedded: SQLite, local processes, https with a certificate of its own."""
    from mlplatform.embedded import serve as run

    run(data, host, port)


@app.command()
def api() -> None:
    """Run the API as the environment says (MLPLATFORM_…)."""
    from mlplatform.processes import run_api

    run_api()


@app.command()
def migrate() -> None:
    """Bring the database's tables to this version's shape."""
    from mlplatform.processes import run_migrate

    run_migrate()


@token_app.command("create")
def token_create(
    *,
    subject: Annotated[str, typer.Option(help="Who it is for")],
    role: Annotated[Literal["user", "admin"], typer.Option()] = "user",
    audience: Annotated[
        Literal["api", "metrics"], typer.Option(help="What it opens: the API, or metrics alone, for monitoring")
    ] = "api",
    ttl: Annotated[str, typer.Option(help="How long it is good for: 30m, 12h, 7d")] = "12h",
    key: Annotated[
        Path | None, typer.Option(help="The signing key, or the folder of several", envvar="MLPLATFORM_SIGNING_KEY")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="An embedded platform's folder, instead of a key")] = None,
) -> None:
    """Print a token."""
    from mlplatform.tokens import Caller, Keyring

    match = re.fullmatch(r"([1-9]\d{0,5})([smhd])", ttl)
    if not match:
        raise typer.BadParameter(f"{ttl!r} is no time such as 30m, 12h, 7d", param_hint="--ttl")
    file = data / "keys" if data else key
    if file is None:
        raise typer.BadParameter("name the signing key with --key or --data", param_hint="--key")
    try:
        ring = Keyring.load(file)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file}: no readable Ed25519 key: {error}", param_hint="--key") from error
    seconds = int(match[1]) * _UNITS[match[2]]
    if audience == "metrics":
        print(ring.issue_scraper(subject, seconds))
    else:
        print(ring.issue_caller(Caller(subject, role), seconds))


@app.command()
def validate(
    files: Annotated[
        list[Path],
        typer.Argument(help="Description files; what one describes the others may use", exists=True, dir_okay=False),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON")] = False,
) -> None:
    """Check descriptions; each mistake with file, line, column and field. Exit code 0: all good, 1: mistakes, 2: wrong usage."""
    from mlplatform import HOME
    from mlplatform.language import is_chinese, of_terminal
    from mlplatform.models.check import check, check_files
    from mlplatform.models.load import Loaded, load_file, load_operators
    from mlplatform.models.mistakes import InvalidDescription, Mistake

    loaded: list[Loaded] = []
    mistakes: list[Mistake] = []
    for file in files:
        try:
            loaded += load_file(file)
        except InvalidDescription as error:
            mistakes += error.mistakes
    if not mistakes:  # what is described wrongly would be missed by everything that uses it
        mistakes = check(loaded, load_operators(HOME / "operators").operators) + check_files(loaded)
    language = of_terminal()
    if as_json:
        good = [] if mistakes else [{"file": str(i.document.file), **_name(i.description)} for i in loaded]
        print(json.dumps({"good": good, "mistakes": [m.as_json() for m in mistakes]}, ensure_ascii=False, indent=2))
    else:
        for mistake in mistakes:
            print(mistake.show(language), file=sys.stderr)
        for item in [] if mistakes else loaded:
            name = _name(item.description)
            word = "正确" if is_chinese(language) else "good"
            print(f"{item.document.file}: {word}: {name['kind']} {name['name']} {name['version']}")
    if mistakes:
        raise typer.Exit(1)


def _name(description: Description) -> dict[str, str]:
    metadata = description.metadata
    return {"kind": description.kind, "name": metadata.name, "version": metadata.version}


@app.command()
def schema(
    kind: Annotated[
        Literal["operator", "dataset", "image", "model", "workflow", "service", "schedule"], typer.Argument()
    ],
) -> None:
    """Print the JSON Schema of a kind of description."""
    from mlplatform.models.kinds import json_schema

    print(json.dumps(json_schema(kind), indent=2))


@app.command()
def lineage(
    id: Annotated[str, typer.Argument(help="Of a data set's or model's version, an output, a task or a service")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what something was made from, and what was made from it: data, tasks, models, services."""
    from mlplatform.language import of_terminal
    from mlplatform.lineage_text import lines
    from mlplatform.models.lineage import Lineage

    with connected(data) as client:
        found = client.call("GET", f"/lineage/{quote(id, safe='')}")
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print(*lines(Lineage.model_validate(found), of_terminal()), sep="\n")


@operator_app.command("test")
def operator_test(
    folder: Annotated[
        Path, typer.Argument(help="The operator's folder, with its operator.yaml", exists=True, file_okay=False)
    ],
    params: Annotated[
        str, typer.Option(help="Parameters as JSON, over those that are made from the description")
    ] = "{}",
    inputs: Annotated[
        list[str] | None, typer.Option("--input", help="NAME=FILE: a file for an input, instead of a generated one")
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that one run may take")] = 300,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON")] = False,
) -> None:
    """Try whether an operator keeps the contract, on a platform of its own. Exit code 0: it does, 1: it does not, 2: wrong usage."""
    from mlplatform.kit.contract import check_operator
    from mlplatform.kit.findings import NOT_CHECKED, Finding, good
    from mlplatform.language import of_terminal

    language = of_terminal()
    findings: list[Finding] = []
    with told():
        for finding in check_operator(folder, _json_object(params), _named_files(inputs or []), timeout):
            findings.append(finding)
            if not as_json:
                print(finding.show(language), flush=True)
    if as_json:
        shown = {
            "good": good(findings),
            "findings": [f.as_json() for f in findings],
            "not_checked": NOT_CHECKED.model_dump(),
        }
        print(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        print(NOT_CHECKED.of(language))
    if not good(findings):
        raise typer.Exit(1)


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"no JSON: {error}", param_hint="--params") from error
    if not isinstance(value, dict):
        raise typer.BadParameter('must be an object such as {"epochs": 3}', param_hint="--params")
    return value


def _named_files(pairs: list[str]) -> dict[str, Path]:
    found = {}
    for pair in pairs:
        name, _, file = pair.partition("=")
        if not name or not Path(file).is_file():
            raise typer.BadParameter(f"{pair!r} is no NAME=FILE with a file that is there", param_hint="--input")
        found[name] = Path(file)
    return found


def main() -> None:
    app(prog_name="mlplatform")
