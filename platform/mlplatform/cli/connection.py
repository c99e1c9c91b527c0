"""What commands share that ask a running platform."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mlplatform.client import Client

DataOption = Annotated[Path | None, typer.Option(help="An embedded platform's folder, instead of MLPLATFORM_URL")]
JsonOption = Annotated[bool, typer.Option("--json", help="What the API answers, for programs")]


@contextmanager
def connected(data: Path | None, *, anonymous: bool = False) -> Iterator[Client]:
    """A client of the embedded platform in `data`, or of the one that the environment names; what goes wrong is a sentence.

    Args:
        anonymous: without a token, to get one.

    Raises:
        typer.Exit: the platform was not reached, or did not do what was asked; it has been said why.
    """
    from mlplatform.client import Client  # only now: other commands must not wait for its libraries

    with told(), Client.find(data, anonymous=anonymous) as client:
        yield client


@contextmanager
def told() -> Iterator[None]:
    """What a platform refuses, or that it does not answer, is a sentence.

    Raises:
        typer.Exit: it has been said why.
    """
    from mlplatform.client import ClientError

    try:
        yield
    except ClientError as error:
        print(f"mlplatform: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
