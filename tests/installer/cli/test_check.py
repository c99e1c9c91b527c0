"""`slipway check` and `slipway configure`, with machines and a bundle of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from installer.cli import main as cli
from installer.cli import reading
from installer.common.errors import ExitCode
from installer.configure import load_site
from installer.models.facts import Facts, NodeFacts
from installer.models.node import NodeAccess, Role
from tests.installer.configure.test_generate import Bundle
from tests.installer.machines import GIB, machine, site

WORDS = ["--node", "root@10.1.1.1", "--node", "root@10.1.1.2"]


@dataclass(frozen=True)
class SizedBundle(Bundle):
    needs: dict[Role, int] = field(default_factory=lambda: {"control-plane": 3 * GIB, "worker": 2 * GIB})


@dataclass
class Machines:
    """What the probe sees, and what it was asked for."""

    facts: Facts = field(default_factory=lambda: site(machine(1), machine(2)))
    asked: list[NodeAccess] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def probe(self, nodes: Sequence[NodeAccess], paths: Sequence[str], on_node: Callable[[NodeFacts], None]) -> Facts:
        self.asked, self.paths = list(nodes), list(paths)
        for facts in self.facts.nodes:
            on_node(facts)
        return self.facts


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machines:
    seen = Machines()
    monkeypatch.setattr(reading, "probe", seen.probe)
    monkeypatch.setattr("appliance.bundle.open_bundle", lambda path: SizedBundle(path=path))
    monkeypatch.setenv("SLIPWAY_LANG", "en")
    monkeypatch.chdir(tmp_path)
    return seen


def test_good_machines(machines: Machines, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", *WORDS]) == ExitCode.GOOD
    assert [(n.name, n.address) for n in machines.asked] == [("n1", "10.1.1.1"), ("n2", "10.1.1.2")]
    out = capsys.readouterr().out
    assert "0 failures" in out and "n2  root@10.1.1.2" in out


def test_a_failure_blocks(machines: Machines, capsys: pytest.CaptureFixture[str]) -> None:
    machines.facts = site(machine(1, swap_total=GIB), machine(2))
    assert cli.main(["check", *WORDS]) == ExitCode.BLOCKED
    assert "swapoff -a" in capsys.readouterr().out


def test_json(machines: Machines, capsys: pytest.CaptureFixture[str]) -> None:
    machines.facts = site(machine(1, problem="unreachable", detail="no route"))
    assert cli.main(["check", "--node", "10.1.1.1", "--json"]) == ExitCode.BLOCKED
    report = json.loads(capsys.readouterr().out)
    assert report["blocked"] is True
    (finding,) = [f for f in report["findings"] if f["severity"] == "fail"]
    assert (finding["id"], finding["node"], finding["seen"]["output"]) == ("access.connection", "n1", "no route")
    assert finding["fix"]["text"]["zh"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["check"], "no site.yaml here"),
        (["check", "--node", "a b"], "this is no node"),
        (["check", "--node", "h", "--key", "no/such/key"], "no such key file"),
        (["check", "--node", "h", "--site", "x.yaml"], "exclude each other"),
        (["check", "--site", "x.yaml"], "there is no such file"),
        (["check", "--node", "h", "--profile", "prod"], "standard"),
        (["configure", "--node", "h"], "--bundle"),
        (["configure", "--bundle", "b"], "--node"),
        (["configure", *WORDS, "--bundle", "b", "--pod-network", "10.0.0.0/8"], "collides"),
        (["configure", *WORDS, "--bundle", "b", "--storage-path", "/etc/x"], "cannot hold volumes"),
        (["configure", *WORDS, "--bundle", "b", "--port", "443"], "443 cannot be"),
    ],
)
def test_wrong_usage(machines: Machines, words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == ExitCode.USAGE
    assert told in capsys.readouterr().err
    assert not list(Path().glob("*.yaml"))


def configure(*more: str) -> int:
    return cli.main(["configure", *WORDS, "--bundle", "/mnt/bundle", "--name", "plant", *more])


def test_configure_then_check_the_site(machines: Machines, capsys: pytest.CaptureFixture[str]) -> None:
    assert configure() == ExitCode.GOOD
    out = capsys.readouterr().out
    assert "written: site.yaml" in out and "SHA256:" in out
    made = load_site(Path("site.yaml"))
    assert [n.roles for n in made.nodes] == [["control-plane"], ["worker"]]
    assert made.nodes[0].ssh and made.nodes[0].ssh.host_key == "ssh-ed25519 AAAA0001"
    # A site.yaml that is here is checked without being named, with its pinned keys.
    assert cli.main(["check"]) == ExitCode.GOOD
    assert [n.ssh.host_key for n in machines.asked if n.ssh] == ["ssh-ed25519 AAAA0001", "ssh-ed25519 AAAA0002"]
    assert made.storage.path in machines.paths


def test_configure_json_names_every_value_and_reason(machines: Machines, capsys: pytest.CaptureFixture[str]) -> None:
    assert configure("--json") == ExitCode.GOOD
    made = json.loads(capsys.readouterr().out)
    assert made["site"]["kubernetes"]["podNetwork"] == "10.244.0.0/16"
    assert made["reasons"]["kubernetes.podNetwork"]["en"].startswith("free on every node")


def test_same_again_changes_nothing(machines: Machines) -> None:
    assert configure() == configure() == ExitCode.GOOD
    assert [p.name for p in Path().iterdir()] == ["site.yaml"]


def test_edited_file_is_not_replaced_without_asking(machines: Machines, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("site.yaml")
    path.write_text("mine")
    assert configure() == ExitCode.USAGE
    assert path.read_text() == "mine"
    assert "--yes" in capsys.readouterr().err
    assert configure("--yes") == ExitCode.GOOD
    (kept,) = Path().glob("site.yaml.*.bak")
    assert kept.read_text() == "mine"
    assert load_site(path).metadata.name == "plant"


def test_unread_machine_is_not_configured(machines: Machines, capsys: pytest.CaptureFixture[str]) -> None:
    machines.facts = site(machine(1), machine(2, problem="auth", detail="refused"))
    assert configure() == ExitCode.BLOCKED
    assert "n2 (auth)" in capsys.readouterr().err
    assert not Path("site.yaml").exists()
