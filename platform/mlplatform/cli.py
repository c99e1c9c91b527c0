"""The command line. Imports what a command needs only when it runs: `token create` must not wait for the API's libraries."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from mlplatform import cli_queue, cli_scheduler

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=__doc__ and "The machine-learning platform.",
)
token_app = typer.Typer(no_args_is_help=True, help="Bearer tokens.")
app.add_typer(token_app, name="token")
app.add_typer(cli_scheduler.app, name="scheduler")
cli_queue.add_to(app)
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
    subject: Annotated[str, typer.Option(help="Who it is for")],
    role: Annotated[Literal["user", "admin"], typer.Option()] = "user",
    ttl: Annotated[str, typer.Option(help="How long it is good for: 30m, 12h, 7d")] = "12h",
    key: Annotated[Path | None, typer.Option(help="The signing key", envvar="MLPLATFORM_SIGNING_KEY")] = None,
    data: Annotated[Path | None, typer.Option(help="An embedded platform's folder, instead of a key")] = None,
) -> None:
    """Print a token for the API."""
    from mlplatform.tokens import Caller, Keyring

    match = re.fullmatch(r"([1-9]\d{0,5})([smhd])", ttl)
    if not match:
        raise typer.BadParameter(f"{ttl!r} is no time such as 30m, 12h, 7d", param_hint="--ttl")
    file = data / "signing.pem" if data else key
    if file is None:
        raise typer.BadParameter("name the signing key with --key or --data", param_hint="--key")
    try:
        ring = Keyring.load(file)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file}: no readable Ed25519 key: {error}", param_hint="--key") from error
    print(ring.issue_caller(Caller(subject, role), int(match[1]) * _UNITS[match[2]]))


@app.command()
def validate(files: Annotated[list[Path], typer.Argument(help="operator.yaml files")]) -> None:
    """Check resource descriptions; each mistake with file, line and field."""
    from mlplatform.models.load import InvalidDescription, load_operator

    wrong = False
    for file in files:
        try:
            operator = load_operator(file)
            print(f"{file}: good: {operator.kind} {operator.metadata.name} {operator.metadata.version}")
        except InvalidDescription as error:
            wrong = True
            print(error, file=sys.stderr)
    if wrong:
        raise typer.Exit(2)


@app.command()
def schema(kind: Annotated[Literal["operator"], typer.Argument()] = "operator") -> None:
    """Print the JSON Schema of a kind of resource description."""
    from mlplatform.models.operator import Operator

    print(
        json.dumps(Operator.model_json_schema() | {"$schema": "https://json-schema.org/draft/2020-12/schema"}, indent=2)
    )


def main() -> None:
    app(prog_name="mlplatform")
