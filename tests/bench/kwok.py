"""kwok, which plays kubelets: nodes without machines, pods that run for as long as they say. For benches only; no bundle has it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from appliance.catalog.load import load_catalog
from appliance.catalog.lock import Lock
from appliance.catalog.models import Go, GoBuild
from appliance.pack.steps import Work
from appliance.sources import golang
from appliance.sources.base import Context
from installer.common.paths import cache

VERSION = "0.8.0"
MODULE = "sigs.k8s.io/kwok"


def program() -> Path:
    """Where it is; built the first time, as the programs of the bundle are built, which takes some minutes.

    Raises:
        Unavailable: it cannot be built; says why.
    """
    kept = cache() / "bench" / f"kwok-{VERSION}"
    if not kept.exists():
        with tempfile.TemporaryDirectory(prefix="slipway-kwok-") as name:
            folder = Path(name)
            (folder / "result").mkdir()
            (folder / "scratch").mkdir()
            work = Work(folder / "result", folder / "scratch", {}, lambda said: print(said, flush=True))
            context = Context(Lock(folder / "lock.yaml"), load_catalog().toolchain, cache() / "pack/tools")
            source = Go(
                kind="go",
                require={MODULE: f"v{VERSION}"},
                base=MODULE,
                builds=[GoBuild(programs={"kwok": f"{MODULE}/cmd/kwok"})],
            )
            golang.obtain(source, work, context)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(folder / "result/kwok", kept)
    return kept


if __name__ == "__main__":
    print(program())
