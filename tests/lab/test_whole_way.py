"""The whole way as the README promises it: the demo, kills in the middle, and a rollback that leaves nothing.

One pair of machines goes through all of it in order; each test starts where the one before ended.
"""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from appliance import lab as labs
from appliance.bundle import open_bundle
from appliance.lab import faults
from installer.accept.access import access_of
from installer.accept.report import AcceptanceReport
from installer.cluster import Cluster
from installer.common.paths import ROOT
from installer.configure import load_site
from installer.demo import LAB
from installer.engine import follow, holder, look, run_dir_of
from installer.models.journal import StepChanged
from tests.lab.attack.attack import REACHED, THREADS
from tests.lab.attack.suite import Suite
from tests.waiting import until

pytestmark = pytest.mark.timeout(3600)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state folder of the test's own. The machine's lab names are shared, so a person's demo must not be in the way."""
    folder = tmp_path_factory.mktemp("state")
    before = os.environ.get("XDG_STATE_HOME")
    if LAB in [one.name for one in labs.listing()]:
        pytest.fail("a demo is running on this machine; take it down first: ./slipway demo --down")
    os.environ["XDG_STATE_HOME"] = str(folder)
    try:
        yield folder / "slipway/demo"
    finally:
        slipway("demo", "--down", "--yes")
        os.environ.pop("XDG_STATE_HOME")
        if before is not None:
            os.environ["XDG_STATE_HOME"] = before


def slipway(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher as a person does. Its output is shown when a test fails."""
    done = subprocess.run([ROOT / "slipway", *words], cwd=ROOT, text=True, capture_output=True, check=False)
    print(f"$ slipway {' '.join(words)}\n{done.stdout}{done.stderr}→ {done.returncode}")
    return done


def test_the_demo_goes_the_whole_way(home: Path) -> None:
    done = slipway("demo", "--nodes", "2", "--yes")
    assert done.returncode == 0
    access = access_of(home / "site.yaml")
    assert access.url in done.stdout
    report = AcceptanceReport.model_validate_json(access.report.with_suffix(".json").read_text())
    assert report.good
    assert [trial.id for trial in report.trials] == ["ready", "data", "train", "register", "publish", "predict"]
    train = {e.text.en: e.value for e in report.trials[2].evidence}
    assert float(train["accuracy on held-out rows"]) > 0.9
    assert sum(stage["seconds"] for stage in json.loads((home / "demo.json").read_text())["stages"]) > 0


def test_status_says_that_every_step_is_done(home: Path) -> None:
    done = slipway("status", "--site", str(home / "site.yaml"), "--json")
    assert done.returncode == 0
    steps = look(run_dir_of(home / "site.yaml")).steps
    assert steps
    assert {step.state for step in steps.values()} == {"done"}


def test_the_platform_wants_a_token_and_sets_no_cookie(home: Path) -> None:
    access = access_of(home / "site.yaml")
    with httpx.Client(
        base_url=access.url, verify=ssl.create_default_context(cafile=access.ca_file), trust_env=False
    ) as client:
        page = client.get("/")
        refused = client.get("/api/v1/tasks")
        token = access.token_file.read_text()
        tasks = client.get("/api/v1/tasks", headers={"Authorization": f"Bearer {token}"})
    assert page.status_code == 200
    assert refused.status_code == 401
    assert tasks.status_code == 200
    assert not any("set-cookie" in answer.headers for answer in (page, refused, tasks))
    assert access.token_file.stat().st_mode & 0o077 == 0


def test_an_operator_of_a_user_gets_nowhere_but_to_its_own(home: Path) -> None:
    site = home / "site.yaml"
    with Cluster(run_dir_of(site) / "secrets/admin.conf") as cluster:
        suite = Suite(access_of(site), cluster)
        suite.register()
        targets = suite.targets()
        done = suite.run(targets=targets | {"inside": True})
        assert done["state"] == "succeeded", done  # its own input, output and log are there
        outcomes = suite.outcomes(done)
        assert {attempt: outcome for attempt, outcome in outcomes.items() if outcome == REACHED} == {}
        assert len(outcomes) >= len(targets["connect"]) + len(targets["requests"]) + 30
        assert outcomes[f"{THREADS} processes"].endswith("after 8 thousand")  # the kubelet's limit, not the node's

        serving = next(
            i for i in open_bundle(Path(load_site(site).bundle.path)).images if i.startswith("slipway.local/serving:")
        )
        free = suite.from_a_free_pod(serving, targets)
        reached = {attempt for attempt, outcome in free.items() if outcome == REACHED}
        node = load_site(site).control_planes[0].address
        assert {f"connect {what} of {node}" for what in ("ssh", "API server", "kubelet", "etcd")} <= reached
        assert {"connect Kubernetes", "connect pod metrics-server"} <= reached

        greedy = suite.run(targets={"connect": {}}, eat=4096)
        assert greedy["state"] == "failed" and "out of memory" in greedy["reason"]["text"]["en"]


def test_nothing_on_the_nodes_can_leave_the_lab(home: Path) -> None:
    key = labs.get(LAB).key
    for node in labs.get(LAB).nodes:
        hosts = key.with_name("known_hosts")
        done = subprocess.run(
            ["ssh", "-i", key, "-o", f"UserKnownHostsFile={hosts}", f"root@{node.address}", "ip route show default"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == ""


def test_a_rollback_of_everything_leaves_nothing(home: Path) -> None:
    done = slipway("rollback", "--all", "--prove", "--site", str(home / "site.yaml"), "--yes")
    assert done.returncode == 0


def test_a_full_disk_is_told_and_what_was_begun_is_taken_back(home: Path) -> None:
    node, folder = labs.get(LAB).nodes[0], "/opt/cni/bin"
    faults.small_disk(node, folder, 1 << 20)
    try:
        done = slipway("install", "--site", str(home / "site.yaml"), "--yes")
        assert done.returncode == 1
        assert "n1: the bundle's files did not get onto the node" in done.stderr
        assert "No space left on device" in done.stderr
        assert "make room" in done.stderr
        assert slipway("rollback", "--all", "--prove", "--site", str(home / "site.yaml"), "--yes").returncode == 0
    finally:
        faults.large_disk(node, folder)


@pytest.mark.parametrize("step", ["nodes/n1/runtime", "nodes/n1/init", "cluster/network"])
def test_an_engine_killed_in_the_middle_of_a_step_goes_on(home: Path, step: str) -> None:
    site = home / "site.yaml"
    run_dir = run_dir_of(site)
    before = look(run_dir)
    action = "retry" if before.half_done else "install"
    assert slipway(action, "--site", str(site), "--yes", "--detach").returncode == 0
    for event in follow(run_dir / "journal.jsonl", since=before.next_seq):
        if isinstance(event, StepChanged) and (event.step, event.state) == (step, "running"):
            break
    owner = holder(run_dir)
    assert owner is not None
    os.killpg(os.getpgid(owner.pid), signal.SIGKILL)
    until(lambda: holder(run_dir) is None)  # a signal takes its time
    assert look(run_dir).steps[step].state == "running"


def test_a_retry_converges_and_can_still_be_taken_back(home: Path) -> None:
    site = home / "site.yaml"
    assert slipway("retry", "--site", str(site), "--yes").returncode == 0
    report = AcceptanceReport.model_validate_json(access_of(site).report.with_suffix(".json").read_text())
    assert report.good
    assert slipway("rollback", "--all", "--prove", "--site", str(site), "--yes").returncode == 0


def test_the_demo_leaves_the_machine_as_it_was(home: Path) -> None:
    assert slipway("demo", "--down", "--yes").returncode == 0
    assert not home.exists()
    assert LAB not in [one.name for one in labs.listing()]
