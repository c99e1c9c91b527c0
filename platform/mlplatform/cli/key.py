"""`mlplatform key`: the keys that sign tokens."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True, help="The keys that sign tokens: the newest signs, the others verify until they are removed."
)
KeysOption = Annotated[Path | None, typer.Option("--keys", help="The folder of keys", envvar="MLPLATFORM_SIGNING_KEY")]
DataOption = Annotated[Path | None, typer.Option(help="An embedded platform's folder, instead of --keys")]


@app.command("list")
def list_(keys: KeysOption = None, data: DataOption = None) -> None:
    """The keys, oldest first."""
    from mlplatform.keys import files, read

    found = files(_folder(keys, data))
    for file in found:
        print(f"{read(file).kid}  {'signs' if file is found[-1] else 'verifies'}  {file.name}")


@app.command()
def rotate(keys: KeysOption = None, data: DataOption = None) -> None:
    """Make a new key that signs from now on. Running processes see it at once; tokens of the others stay good until those are removed."""
    from mlplatform.keys import rotate as run

    print(run(_folder(keys, data)).kid)


@app.command()
def remove(
    kid: Annotated[str, typer.Argument(help="As `key list` shows it")], keys: KeysOption = None, data: DataOption = None
) -> None:
    """Remove a key that does not sign any more: its tokens are refused from now on."""
    from mlplatform.keys import remove as run

    try:
        run(_folder(keys, data), kid)
    except KeyError as error:
        raise typer.BadParameter(f"there is no key {kid}; `mlplatform key list` shows them") from error
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _folder(keys: Path | None, data: Path | None) -> Path:
    folder = data / "keys" if data else keys
    if folder is None:
        raise typer.BadParameter("name the folder of keys with --keys or --data", param_hint="--keys")
    if not folder.is_dir():
        print(
            f"mlplatform: {folder} is no folder of keys: a single key cannot be rotated; put it into a folder",
            file=sys.stderr,
        )
        raise typer.Exit(2)
    return folder
