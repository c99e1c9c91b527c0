"""The engine on real machines: killed, aborted, cut off, run twice; and back to where the machines were."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance import lab as labs
from appliance.lab import faults
from installer.common.paths import ROOT
from installer.configure import load_site
from installer.engine import look, prepare, run_dir_of
from installer.engine.journal import read
from installer.engine.lock import holder
from installer.engine.wish import Wish
from installer.models.journal import Progress
from installer.models.node import SshAccess
from installer.models.site import BundleRef, Kubernetes, Metadata, Site, SiteNode
from installer.plan import make_plan
from installer.remote import Remote, connect
from tests.waiting import until

from .engine_driver import workflow

DRIVER = Path(__file__).with_name("engine_driver.py")
INSTALL = Wish(action="install")
RETRY = Wish(action="retry")
ALL = Wish(action="rollback", everything=True, prove=True)
LONG = "It takes long, until the test says that it does not"


class Place:
    """A site on two machines, and engines run on it."""

    def __init__(self, lab: labs.Lab, folder: Path) -> None:
        self.lab = lab
        nodes = [
            SiteNode(
                name=node.name,
                address=node.address,
                ssh=SshAccess(key=str(lab.key), host_key=node.host_key),
                roles=["control-plane"] if node is lab.nodes[0] else ["worker"],
                interface="eth0",
            )
            for node in lab.nodes
        ]
        site = Site(
            metadata=Metadata(name="test"),
            profile="lab",
            bundle=BundleRef(path="/nowhere", digest="sha256:0"),
            nodes=nodes,
            kubernetes=Kubernetes(
                version="v1.37.2",
                endpoint=f"{nodes[0].address}:6443",
                pod_network="10.244.0.0/16",
                service_network="10.96.0.0/16",
            ),
        )
        file = folder / "site.yaml"
        file.write_text(json.dumps(site.model_dump(mode="json", by_alias=True)))  # JSON is YAML
        self.run_dir = run_dir_of(file)
        self.run_dir.mkdir()
        prepare(file, make_plan(load_site(file), self.run_dir, workflow(self.run_dir)), None)
        self.remotes: dict[str, Remote] = connect(site.nodes, self.run_dir)

    def start(self, wish: Wish) -> subprocess.Popen[str]:
        """Start an engine as `installer.engine.start` does, but with the tests' workflow; returns when it has begun."""
        process = subprocess.Popen(
            [sys.executable, DRIVER, self.run_dir, wish.model_dump_json()],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout
        self.answer = json.loads(process.stdout.readline())
        return process

    def act(self, wish: Wish) -> str:
        self.start(wish).wait(timeout=300)
        return look(self.run_dir).outcome

    def start_and_wait_for(self, wish: Wish, task: str) -> subprocess.Popen[str]:
        """Start an engine and return when a task has been begun on every machine."""
        process = self.start(wish)
        start = self.answer["seq"]

        def begun() -> bool:
            events = [e for e in read(self.run_dir / "journal.jsonl")[start:] if isinstance(e, Progress)]
            return len({e.step for e in events if e.text.en == task}) == len(self.lab.nodes)

        until(begun)
        return process

    def ask(self, node: str, script: str) -> str:
        return self.remotes[node].run(script, check=False).stdout.decode().strip()

    def everywhere(self, script: str) -> set[str]:
        return {self.ask(node.name, script) for node in self.lab.nodes}


@pytest.fixture(scope="module")
def machines(lab: Callable[..., labs.Lab]) -> labs.Lab:
    return lab(2)


@pytest.fixture
def place(machines: labs.Lab, tmp_path: Path) -> Iterator[Place]:
    one = Place(machines, tmp_path)
    yield one
    one.everywhere("rm -f /root/quick")


WAITS = "pgrep -f 'sleep 65[4]' | wc -l"


def test_killed_in_the_middle_of_a_task(place: Place) -> None:
    engine = place.start_and_wait_for(INSTALL, LONG)
    until(lambda: "0" not in place.everywhere(WAITS))
    os.kill(engine.pid, signal.SIGKILL)
    engine.wait()
    view = look(place.run_dir)
    assert view.died and {s.id for s in view.half_done} == {"nodes/n1/service", "nodes/n2/service"}
    assert "0" not in place.everywhere(WAITS), "what Ansible had begun goes on without the engine"

    place.everywhere("touch /root/quick")
    assert place.act(RETRY) == "good"
    assert place.everywhere(WAITS) == {"0"}
    assert place.everywhere("systemctl is-active slipway-test; cat /etc/slipway-test") == {"active\nours"}
    assert place.everywhere("tail -n 1 /var/lib/slipway/journal.jsonl | grep -c done") == {"1"}

    place.everywhere("rm /root/quick")
    assert place.act(ALL) == "good"
    assert place.everywhere("ls /etc/slipway-test /usr/local/lib/slipway-test /var/lib/slipway 2>/dev/null") == {""}
    assert place.everywhere("grep -c ours /etc/motd; systemctl is-active slipway-test") == {"0\ninactive"}


def test_aborted_in_the_middle_of_a_task_and_a_second_engine(place: Place) -> None:
    engine = place.start_and_wait_for(INSTALL, LONG)
    place.start(RETRY).wait(timeout=60)
    assert str(engine.pid) in place.answer["error"]["why"]["en"]
    who = holder(place.run_dir)
    assert who and who.pid == engine.pid

    engine.terminate()
    engine.wait(timeout=120)
    view = look(place.run_dir)
    assert view.outcome == "interrupted"
    assert {s.id: s.state for s in view.steps.values()} == {
        **{f"nodes/n{i}/settings": "done" for i in (1, 2)},
        **{f"nodes/n{i}/service": "undone" for i in (1, 2)},
    }
    assert place.everywhere(WAITS) == {"0"}
    assert place.everywhere("systemctl is-active slipway-test; cat /etc/slipway-test") == {"inactive\nours"}
    assert place.act(ALL) == "good"


def test_a_machine_is_cut_off_in_the_middle_of_a_task(place: Place) -> None:
    engine = place.start_and_wait_for(INSTALL, LONG)
    until(lambda: "0" not in place.everywhere(WAITS))
    place.ask("n2", "pkill -f 'sleep 65[4]'")
    first = place.lab.nodes[0]
    faults.cut_network(first)
    try:
        engine.wait(timeout=180)
        view = look(place.run_dir)
        error = view.steps["nodes/n1/service"].error
        assert view.outcome == "failed" and error and error.what.en == "the node cannot be reached"
        assert place.act(ALL) == "residue", "the machine that can be reached is put back, the other one is told"
        assert place.ask("n2", "ls /etc/slipway-test 2>/dev/null") == ""
    finally:
        faults.restore_network(first)
    assert place.act(ALL) == "good"
    assert place.everywhere("ls /etc/slipway-test 2>/dev/null") == {""}
