"""Labs for tests: `machines = lab(2)`. Names are this run's own, and whatever happens, none is left running."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from appliance import lab as labs
from installer.common.paths import ROOT

LabFactory = Callable[..., labs.Lab]


@pytest.fixture(scope="module")
def lab() -> Iterator[LabFactory]:
    """A factory of labs, all taken down when the file's tests have ended: also after a failure and Ctrl-C.

    What a killed run left is taken down first. A test that is done with a lab early may `appliance.lab.down` it.
    """
    _sweep()
    numbers = count(1)
    made: list[str] = []

    def make(nodes: int = 1, *, memory: int | None = None) -> labs.Lab:
        made.append(f"t{os.getpid()}-{next(numbers)}")
        return labs.up(made[-1], nodes, memory=memory)

    try:
        yield make
    finally:
        for name in made:
            labs.down(name)


@pytest.fixture(scope="session")
def bundle_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packed bundle: SLIPWAY_TEST_BUNDLE, or packed now (seconds, with a warm cache)."""
    if given := os.environ.get("SLIPWAY_TEST_BUNDLE"):
        return Path(given)
    path = tmp_path_factory.mktemp("packed") / "bundle"
    subprocess.run([sys.executable, "-m", "installer.cli", "pack", "-o", str(path), "--yes"], cwd=ROOT, check=True)
    return path


def _sweep() -> None:
    for status in labs.listing():
        owner = re.fullmatch(r"t(\d+)-\d+", status.name)
        if owner and not Path("/proc", owner[1]).exists():
            labs.down(status.name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.lab)
