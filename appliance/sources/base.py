"""What all sources have in common."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from appliance.catalog.load import CATALOG
from appliance.catalog.lock import Lock
from appliance.sources.download import Downloads
from installer.common.paths import ROOT


class Unavailable(Exception):
    """This source does not have it, or cannot be reached: the next one is tried."""


@dataclass
class Context:
    """What sources need to know beside their recipe.

    Args:
        mirror: folder with `COMPONENT/VERSION/OUTPUT`, tried before everything else.
        toolchain: the Go version to build with: `1.26.8`.
        tools: where tools are kept that had to be fetched.
    """

    lock: Lock
    toolchain: str
    tools: Path
    mirror: Path | None = None
    downloads: Downloads = field(default_factory=Downloads)
    catalog: Path = CATALOG
    root: Path = ROOT


def run(
    command: Sequence[str],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> str:
    """Run a program and return its standard output. It does not outlive us: a killed pack leaves no build running.

    Raises:
        Unavailable: it is not there, or it failed; with the end of what it said.
    """
    try:
        done = subprocess.run(
            ["setpriv", "--pdeathsig", "TERM", "--", *command],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise Unavailable(f"setpriv (util-linux): {error.strerror}") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Unavailable("\n".join([f"{Path(command[0]).name} ended with exit code {done.returncode}", *said[-12:]]))
    return done.stdout
