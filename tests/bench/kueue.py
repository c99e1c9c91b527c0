"""Kueue's baseline load through the whole platform: `python -m tests.bench.kueue`. docs/performance.md keeps the figures.

Its test/performance/scheduler/configs/baseline: 5 cohorts of 6 queues, nominal quota 20, borrowing limit 100; per queue 350 small, 100 medium
and 50 large workloads, each class one by one at its interval, 15,000 in all. Kueue's own test needs 351 s for it, with its objects in
etcd and run times simulated. Here each is a task: a client's process with a connection for each queue submits it over https with a bearer
token of its tenant's member, PostgreSQL keeps it (fsync on), `mlplatform scheduler` decides, starts and follows it, and the executor
for simulation lets the time pass. With `--jobs` each is a Job of a real control plane instead, whose pods kwok lets run and end.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import sqlalchemy
import yaml

from tests.bench.deployed import Deployed, deployed
from tests.bench.kwok import PLENTY, control_plane, deployed_with_jobs
from tests.bench.scheduler_core import CLASSES, IDEAL

COHORTS, QUEUES = 5, 6
QUOTA, BORROWING = 20, 100
WALL = 600.0
"""Seconds after which the load is given up."""
Arrival = tuple[float, bytes]
"""Seconds from the begin, and what is posted then."""


NODES = 10
"""Of the cluster with Jobs: a large workload has to fit on one."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", type=float, default=1.0, help="this part of each queue's workloads only")
    parser.add_argument(
        "--jobs", action="store_true", help="as Jobs of a real control plane, with kwok as its kubelets"
    )
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slipway-bench-")))
        for name, (_, units, seconds, _, _) in CLASSES.items():
            _describe(folder / "operators" / name, units, seconds)
        platform = _with_jobs(stack, folder) if arguments.jobs else _simulated(stack, folder)
        tenants = _make_tenants(platform)
        print("processes:", dict(platform.pids), flush=True)
        before, began, own = platform.processor_seconds(), time.monotonic(), time.process_time()
        late = _submit(platform, {name: list(_arrivals(name, arguments.part)) for name in tenants})
        engine = sqlalchemy.create_engine(platform.database)
        _until_all_ended(engine)
        took = time.monotonic() - began
        used = {name: spent - before[name] for name, spent in platform.processor_seconds().items()}
        used["client"] = time.process_time() - own
        _report(engine, arguments.part, late)
        print("processor seconds: " + ", ".join(f"{name} {spent:.1f}" for name, spent in used.items()))
        cores = sum(used.values()) / took
        print(f"that is {cores:.2f} of {os.cpu_count()} cores; load of the machine: {os.getloadavg()[0]:.1f}")
        print("memory, MiB: " + ", ".join(f"{name} {size}" for name, size in platform.resident().items()))


def _simulated(stack: ExitStack, folder: Path) -> Deployed:
    nodes = json.dumps({"n": {"cpu": COHORTS * QUEUES * QUOTA}})
    operators = str(folder / "operators")
    return stack.enter_context(deployed(executor="simulated", simulated_nodes=nodes, operators=operators))


def _with_jobs(stack: ExitStack, folder: Path) -> Deployed:
    each = COHORTS * QUEUES * QUOTA // NODES + 1  # a little is kept for a node's own agents
    seconds = {str(units): seconds for _, units, seconds, _, _ in CLASSES.values()}
    nodes = {f"n{i}": {"cpu": str(each), **PLENTY} for i in range(NODES)}
    plane = stack.enter_context(control_plane(seconds, nodes))
    return stack.enter_context(deployed_with_jobs(plane, folder, folder / "operators"))


def _describe(folder: Path, units: int, seconds: float) -> None:
    """An operator for a class of workloads."""
    folder.mkdir(parents=True)
    description = {
        "apiVersion": "slipway/v1",
        "kind": "Operator",
        "metadata": {"name": folder.name, "version": "1.0.0", "title": {"en": folder.name, "zh": folder.name}},
        "spec": {
            "image": "serving",
            "command": ["/bin/true"],
            "params": {"type": "object", "properties": {"seconds": {"type": "number", "default": seconds}}},
            "resources": {"cpu": units, "memory": "1Mi"},
            "modes": ["train"],
        },
    }
    (folder / "operator.yaml").write_text(yaml.safe_dump(description))


def _make_tenants(platform: Deployed) -> list[str]:
    names = [f"c{cohort}q{queue}" for cohort in range(COHORTS) for queue in range(QUEUES)]
    headers = {"Authorization": f"Bearer {platform.token('root', 'admin')}"}
    trust = ssl.create_default_context(cafile=str(platform.settings.tls_ca))
    with httpx.Client(base_url=platform.settings.api_url, verify=trust, headers=headers, trust_env=False) as client:
        for name in names:
            body = {
                "quota": {"cpu": QUOTA},
                "borrowing": {"cpu": BORROWING},
                "cohort": name[:2],
                "members": {name: "editor"},
            }
            client.put(f"/api/v1/tenants/{name}", json=body).raise_for_status()
    return names


def _arrivals(tenant: str, part: float) -> Iterator[Arrival]:
    """A queue's workloads as they come."""
    found = []
    for name, (count, _, _, each, priority) in CLASSES.items():
        body = json.dumps({"operator": name, "tenant": tenant, "priority": priority // 2}).encode()
        found += [(each * i, body) for i in range(int(count * part))]
    yield from sorted(found)


def _submit(platform: Deployed, queues: dict[str, list[Arrival]]) -> float:
    """Submit everything at its time; returns by how many seconds the last one was late."""
    begin = time.monotonic() + 1
    late: list[float] = []
    failed: list[str] = []

    def run(tenant: str) -> None:
        settings = platform.settings
        trust = ssl.create_default_context(cafile=str(settings.tls_ca))
        connection = http.client.HTTPSConnection("127.0.0.1", settings.port, context=trust, timeout=120)
        headers = {"Authorization": f"Bearer {platform.token(tenant)}", "Content-Type": "application/json"}
        for at, body in queues[tenant]:
            time.sleep(max(0.0, begin + at - time.monotonic()))  # the load's own pace
            connection.request("POST", "/api/v1/tasks", body, headers)
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 201:
                failed.append(said.decode())
                return
        late.append(time.monotonic() - begin - queues[tenant][-1][0])
        connection.close()

    threads = [threading.Thread(target=run, args=(tenant,)) for tenant in queues]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed[0]
    return max(late)


def _until_all_ended(engine: sqlalchemy.Engine) -> None:
    living = sqlalchemy.text("SELECT count(*) FROM task WHERE state NOT IN ('succeeded', 'failed', 'cancelled')")
    deadline = time.monotonic() + WALL
    while True:
        with engine.connect() as connection:
            count = connection.scalar(living)
        if not count:
            return
        assert time.monotonic() < deadline, f"{count} have not ended"
        time.sleep(0.5)  # between two looks


def _report(engine: sqlalchemy.Engine, part: float, late: float) -> None:
    query = """SELECT operator, count(*), avg(extract(epoch FROM started_at - created_at)),
        avg(extract(epoch FROM finished_at - started_at)), min(created_at), max(finished_at),
        count(*) FILTER (WHERE state <> 'succeeded'), sum(attempt) FROM task GROUP BY operator ORDER BY operator"""
    with engine.connect() as connection:
        rows = connection.execute(sqlalchemy.text(query)).all()
    total = sum(row[1] for row in rows)
    wall = (max(row[5] for row in rows) - min(row[4] for row in rows)).total_seconds()
    ideal = IDEAL * part
    print(
        f"{total} workloads in {wall:.1f} s: {total / wall:.1f} a second, {wall / ideal:.2f} x the ideal {ideal:.0f} s"
    )
    failed, stopped = sum(row[6] for row in rows), sum(row[7] for row in rows)
    print(f"failed: {failed}; preempted: {stopped}; last submission late by {late:.1f} s")
    for name, count, wait, ran, *_ in rows:
        print(f"  {name:7} {count:6}: waited {wait:6.2f} s, ran {ran:5.2f} s instead of {CLASSES[name][2]} s (means)")


if __name__ == "__main__":
    main()
