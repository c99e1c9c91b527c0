"""How soon `mlplatform serve` answers, and what the processes take of memory: `python -m tests.bench.serve`. docs/performance.md keeps the
figures.

From the command to the first answered request, beside the start of a bare Python on the machine of this moment: with an empty data folder
(certificates, signing key and tables are made), and again on the same folder.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from pathlib import Path

from tests.bench.deployed import deployed, resident
from tests.bench.latency import bare_python
from tests.platform.served import serve

ROUNDS = 5


def main() -> None:
    bare, empty, again, memory = [], [], [], 0
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="slipway-bench-") as data:
            bare.append(bare_python())
            for times in (empty, again):
                with serve(Path(data)) as running:
                    times.append(running.started_in)
                    memory = max(memory, resident(running.pid))
    print(f"bare Python: {statistics.median(bare) * 1000:.0f} ms (median of {ROUNDS})")
    print(f"serve, empty folder: median {statistics.median(empty):.2f} s, least {min(empty):.2f} s")
    print(f"serve, the same folder again: median {statistics.median(again):.2f} s, least {min(again):.2f} s")
    with deployed() as platform:
        sizes = {"serve": memory, **platform.resident()}
    print("memory, MiB, at rest: " + ", ".join(f"{name} {size}" for name, size in sizes.items()))
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
