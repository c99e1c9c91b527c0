"""`mlplatform user` and `mlplatform login`: passwords are read from the terminal or a file, never from the command's words."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from mlplatform.cli.connection import DataOption, JsonOption, connected

app = typer.Typer(no_args_is_help=True, help="Users who sign in by name and password.")
NameArgument = Annotated[str, typer.Argument(help="The user's name")]
PasswordFile = Annotated[
    Path | None, typer.Option(help="Read the password from this file instead of asking", exists=True)
]


@app.command()
def add(
    name: NameArgument,
    role: Annotated[str, typer.Option(help="user or admin")] = "user",
    data: DataOption = None,
) -> None:
    """Make a user, and print the token to set a password with: it is good once, for three days."""
    with connected(data) as client:
        print(client.call("POST", "/users", {"name": name, "role": role})["token"])


@app.command("list")
def list_(data: DataOption = None, raw: JsonOption = False) -> None:
    """Every user."""
    with connected(data) as client:
        found = client.call("GET", "/users")["items"]
    if raw:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for user in found:
        notes = ["disabled"] * user["disabled"] + ["no password yet"] * (not user["has_password"])
        print(f"{user['name']:24}{user['role']:8}{', '.join(notes)}".rstrip())


@app.command()
def disable(
    name: NameArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Let the user in again")] = False,
    data: DataOption = None,
) -> None:
    """Refuse a user from the next request on."""
    with connected(data) as client:
        client.call("PUT", f"/users/{name}/disabled", {"disabled": not undo})


@app.command()
def password(
    name: NameArgument,
    token_file: Annotated[
        Path | None, typer.Option(help="The invitation; without it an administrator makes a new one")
    ] = None,
    password_file: PasswordFile = None,
    data: DataOption = None,
) -> None:
    """Set a password with an invitation; without one, take the password away and print a new invitation."""
    if token_file is None:
        with connected(data) as client:
            print(client.call("POST", f"/users/{name}/reset")["token"])
        return
    body = {"name": name, "token": token_file.read_text().strip(), "password": _password(password_file, twice=True)}
    with connected(data, anonymous=True) as client:
        client.send("POST", "/login/password", body)


def login(
    name: Annotated[
        str | None, typer.Argument(help="Who signs in; left out: go on with the refresh token beside the token file")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="Where the token goes (0600)", envvar="MLPLATFORM_TOKEN_FILE")
    ] = None,
    password_file: PasswordFile = None,
    data: DataOption = None,
) -> None:
    """Sign in: the token is in the file for a quarter of an hour, and a refresh token beside it (`.refresh`)."""
    from mlplatform.files import write_atomic

    if token_file is None:
        raise typer.BadParameter("name a file with --token-file or MLPLATFORM_TOKEN_FILE", param_hint="--token-file")
    beside = token_file.with_name(token_file.name + ".refresh")
    if name is None and not beside.exists():
        raise typer.BadParameter(f"{beside} is not there: sign in with a name")
    body: dict[str, Any] = (
        {"refresh_token": beside.read_text()} if name is None else {"name": name, "password": _password(password_file)}
    )
    with connected(data, anonymous=True) as client:
        tokens = client.call("POST", "/login/refresh" if name is None else "/login", body)
    write_atomic(beside, tokens["refresh_token"].encode())
    write_atomic(token_file, tokens["access_token"].encode())


def _password(file: Path | None, *, twice: bool = False) -> str:
    if file:
        return file.read_text().rstrip("\r\n")
    if not os.isatty(0):
        print("mlplatform: no terminal to ask for the password; name a file with --password-file", file=sys.stderr)
        raise typer.Exit(2)
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=twice))


def add_to(main: typer.Typer) -> None:
    main.add_typer(app, name="user")
    main.command("login")(login)
