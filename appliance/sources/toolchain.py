"""The Go toolchain: the pinned one, whichever Go the machine has."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from appliance.sources.base import Unavailable, run

_PLACES = ["/usr/local/go/bin/go", "/usr/lib/go/bin/go"]
_SELECTS_ITSELF = (1, 21)
"""From this Go on, GOTOOLCHAIN fetches and runs another version by itself."""


@dataclass(frozen=True)
class Toolchain:
    """A go program and the environment that makes it the pinned version."""

    program: str
    environment: dict[str, str]


def find_go() -> str | None:
    """A go program of any version."""
    return shutil.which("go") or next((place for place in _PLACES if os.access(place, os.X_OK)), None)


def find_toolchain(version: str, tools: Path) -> Toolchain:
    """The Go toolchain of this version; an old Go fetches it as a module into `tools`.

    Raises:
        Unavailable: there is no Go at all, or the version cannot be fetched.
    """
    go = find_go()
    if go is None:
        raise Unavailable("there is no go program; the OS package golang-go has one that can fetch the right one")
    common = {
        "GOWORK": "off",
        "GOOS": "linux",
        "GOARCH": "amd64",
        "GOAMD64": "v1",
        "GOFLAGS": "-mod=mod -buildvcs=false",
    }
    if _version(go) >= _SELECTS_ITSELF:
        return Toolchain(go, common | {"GOTOOLCHAIN": f"go{version}"})
    folder = tools / f"go{version}"
    if not folder.exists():
        _fetch(go, version, folder)
    return Toolchain(str(folder / "bin" / "go"), common | {"GOTOOLCHAIN": "local", "GOROOT": str(folder)})


def _version(go: str) -> tuple[int, int]:
    said = subprocess.run(
        [go, "version"], capture_output=True, text=True, check=False, env={**os.environ, "GOTOOLCHAIN": "local"}
    ).stdout
    match = re.search(r"go(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _fetch(go: str, version: str, folder: Path) -> None:
    module = f"golang.org/toolchain@v0.0.1-go{version}.linux-amd64"
    found = json.loads(run([go, "mod", "download", "-json", module], folder=Path("/"), environment={"GOFLAGS": ""}))
    fresh = folder.with_name(f".{folder.name}-{os.getpid()}")
    shutil.copytree(found["Dir"], fresh)
    for path in fresh.rglob("*"):
        path.chmod(path.stat().st_mode | 0o200)
    # Files lose their run bit in the module cache.
    for program in [*fresh.glob("bin/*"), *fresh.glob("pkg/tool/*/*")]:
        program.chmod(0o755)
    try:
        fresh.rename(folder)
    except OSError:  # another thread was quicker
        shutil.rmtree(fresh)
