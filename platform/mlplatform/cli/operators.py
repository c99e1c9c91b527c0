"""`mlplatform operator register`, `versions` and `delete`: operators of one's own on a platform."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from mlplatform.cli.connection import DataOption, JsonOption, connected
from mlplatform.language import of_terminal
from mlplatform.models.base import Text

CHUNK = 1 << 20
DescriptionArgument = Annotated[Path, typer.Argument(help="Its operator.yaml", exists=True, dir_okay=False)]


def register(
    file: DescriptionArgument,
    image: Annotated[
        Path | None,
        typer.Option(
            help="Its image: an archive of docker save, podman save or skopeo copy", exists=True, dir_okay=False
        ),
    ] = None,
    data: DataOption = None,
    raw: JsonOption = False,
) -> None:
    """Register a version of an operator, and the image that it runs in. The same again is no error."""
    with connected(data) as client:
        found = client.call("POST", "/operators", {"text": file.read_text(errors="replace")})
        if image:
            found = client.call("PUT", f"{_path(found)}/image", content=_pieces(image))
    if raw:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    print(_line(found))
    if not found["ready"]:
        print(Text(en="Its image is missing: --image ARCHIVE", zh="缺少镜像：--image 归档").of(of_terminal()))


def versions(
    name: Annotated[str, typer.Argument()],
    data: DataOption = None,
    raw: JsonOption = False,
) -> None:
    """Every version of a registered operator, newest first."""
    with connected(data) as client:
        found = list(client.items(f"/operators/{quote(name, safe='')}/versions"))
    if raw:
        print(json.dumps({"items": found}, ensure_ascii=False, indent=2))
        return
    for version in found:
        print(_line(version))


def delete(
    name: Annotated[str, typer.Argument()],
    version: Annotated[str, typer.Argument()],
    data: DataOption = None,
) -> None:
    """Forget a version that nothing uses."""
    with connected(data) as client:
        client.send("DELETE", f"/operators/{quote(name, safe='')}/versions/{quote(version, safe='')}")


def add_to(app: typer.Typer) -> None:
    for command in (register, versions, delete):
        app.command()(command)


def _path(found: Any) -> str:
    metadata = found["operator"]["metadata"]
    return f"/operators/{metadata['name']}/versions/{metadata['version']}"


def _line(found: Any) -> str:
    metadata, image = found["operator"]["metadata"], found["image"]
    shown = f"{image['digest']}  {image['size'] / 1e6:.1f} MB" if image else found["operator"]["spec"]["image"]
    return f"{metadata['name']} {metadata['version']}  {found['owner']}  {shown}"


def _pieces(file: Path) -> Iterator[bytes]:
    """The file without holding it in memory."""
    with file.open("rb") as content:
        while piece := content.read(CHUNK):
            yield piece
