"""Probe and checks on lab machines: what a site's machines do wrong, tried for real."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.lab import Lab, faults
from installer.checks import check, needs_of
from installer.configure import Answers, configure
from installer.models.facts import Facts, NodeFacts
from installer.models.finding import Finding
from installer.models.node import NodeAccess, SshAccess
from installer.probe import probe
from tests.installer.configure.test_generate import BUNDLE

NEEDS = needs_of(profile="lab")


@pytest.fixture(scope="module")
def machines(lab: Callable[[int], Lab]) -> Lab:
    return lab(2)


def nodes(machines: Lab, **changed: object) -> list[NodeAccess]:
    ssh = SshAccess(key=str(machines.key)).model_copy(update=changed)
    return [NodeAccess(name=n.name, address=n.address, ssh=ssh) for n in machines.nodes]


def run(machines: Lab, name: str, script: str) -> str:
    command = [*machines.ssh(machines.node(name)), "sh -s"]
    return subprocess.run(command, input=script, check=True, capture_output=True, text=True).stdout


@contextmanager
def changed(machines: Lab, name: str, script: str, back: str) -> Iterator[None]:
    """A machine with something wrong, for a while."""
    run(machines, name, script)
    try:
        yield
    finally:
        run(machines, name, back)


def found(facts: Facts, id: str) -> list[Finding]:
    return [f for f in check(facts, NEEDS).findings if f.id == id and f.severity != "ok"]


def test_bare_machines_are_good(machines: Lab) -> None:
    seen: list[NodeFacts] = []
    facts = probe(nodes(machines), on_node=seen.append)
    assert [n.host_key for n in facts.nodes] == [n.host_key for n in machines.nodes]
    assert sorted(n.node.name for n in seen) == ["n1", "n2"]
    assert all(abs(n.clock_offset) <= n.clock_uncertainty + 0.05 for n in facts.nodes)
    assert set(facts.reachability["n1"]) == {"n2"} and not facts.filtered["n1"]
    report = check(facts, NEEDS)
    assert not report.blocked, [f.title.en for f in report.findings if f.severity == "fail"]
    site = configure(facts, Answers(name="lab", profile="lab"), BUNDLE).site
    assert [(n.name, n.interface) for n in site.nodes] == [("n1", "eth0"), ("n2", "eth0")]
    assert not check(facts, needs_of(site=site)).blocked


def test_reading_changes_nothing(machines: Lab) -> None:
    """No file, no kernel module: what is there afterwards is what was there before."""
    modules = run(machines, "n1", "touch /tmp/mark; cat /proc/modules 2>/dev/null || true")
    probe(nodes(machines))
    assert run(machines, "n1", "cat /proc/modules 2>/dev/null || true") == modules
    # /proc and /sys are other file systems; the journal notes each login.
    written = run(
        machines, "n1", "find / -xdev -newer /tmp/mark ! -type d ! -path '/var/log/*' ! -path /tmp/mark || true"
    )
    assert written == ""


def test_pinned_key_is_accepted(machines: Lab) -> None:
    pinned = [
        n.model_copy(update={"ssh": n.ssh and n.ssh.model_copy(update={"host_key": m.host_key})})
        for n, m in zip(nodes(machines), machines.nodes, strict=True)
    ]
    assert [n.problem for n in probe(pinned).nodes] == ["", ""]


def test_changed_host_key_is_refused(machines: Lab) -> None:
    other = machines.node("n2").host_key
    (node, _) = probe(
        [n.model_copy(update={"ssh": n.ssh and n.ssh.model_copy(update={"host_key": other})}) for n in nodes(machines)]
    ).nodes
    assert node.problem == "hostkey"
    (finding,) = found(Facts(taken_at="", nodes=[node]), "access.connection")
    assert finding.fix and "site.yaml" in finding.fix.text.en


def test_wrong_key_is_refused(machines: Lab, tmp_path: Path) -> None:
    key = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    assert [n.problem for n in probe(nodes(machines, key=str(key))).nodes] == ["auth", "auth"]


def test_no_root(machines: Lab) -> None:
    home = "/home/plain/.ssh"
    add = f"useradd -m plain && mkdir {home} && cp /root/.ssh/authorized_keys {home}/ && chown -R plain {home}"
    with changed(machines, "n1", add, "userdel -r plain"):
        (node, _) = probe(nodes(machines, user="plain")).nodes
    assert node.problem == "no-root"


class Enough(Exception):
    """Thrown by a test that has seen what it waited for."""


def test_silent_machine_does_not_hold_up_the_others(machines: Lab) -> None:
    first: list[NodeFacts] = []

    def on_node(facts: NodeFacts) -> None:
        first.append(facts)
        raise Enough

    rule = "INPUT -p tcp --dport 2222 -j DROP"
    silent = machines.node("n2")
    n1, n2 = nodes(machines)
    with changed(machines, silent.name, f"iptables -A {rule}", f"iptables -D {rule}"), pytest.raises(Enough):
        probe(
            [n2.model_copy(update={"ssh": n2.ssh and n2.ssh.model_copy(update={"port": 2222})}), n1],
            on_node=on_node,
            connect_timeout=300,
        )
    assert [(n.node.name, n.problem) for n in first] == [("n1", "")]


def test_unreachable_machine(machines: Lab) -> None:
    faults.cut_network(machines.node("n2"))
    try:
        facts = probe(nodes(machines))
    finally:
        faults.restore_network(machines.node("n2"))
    assert [n.problem for n in facts.nodes] == ["", "unreachable"]
    assert [f.node for f in found(facts, "access.connection")] == ["n2"]


def test_without_python(machines: Lab) -> None:
    with changed(
        machines, "n1", "mv /usr/bin/python3 /usr/bin/python3.away", "mv /usr/bin/python3.away /usr/bin/python3"
    ):
        facts = probe(nodes(machines))
    assert [n.problem for n in facts.nodes] == ["no-python", ""]
    assert facts.nodes[0].os_id == "debian"
    (finding,) = found(facts, "base.python")
    assert finding.node == "n1" and finding.fix and finding.fix.action == "apt-get install -y python3"


def test_clones(machines: Lab) -> None:
    same = run(machines, "n1", "cat /etc/machine-id")
    with changed(
        machines,
        "n2",
        f"cp /etc/machine-id /root/id; echo {same.strip()} > /etc/machine-id; hostname n1",
        "cp /root/id /etc/machine-id; rm /root/id; hostname n2",
    ):
        facts = probe(nodes(machines))
    assert {f.node for f in found(facts, "identity.machine-id")} == {"n1", "n2"}
    assert {f.node for f in found(facts, "identity.hostname-unique")} == {"n1", "n2"}
    assert all(f.related == ["identity.hostname-unique"] for f in found(facts, "identity.machine-id"))


def test_port_in_use(machines: Lab) -> None:
    listen = "systemd-run -q --unit blocker python3 -c 'import socket, time; s = socket.create_server((\"\", 6443)); time.sleep(600)'"
    wait = "; for i in $(seq 100); do ss -Hlnt 'sport = :6443' | grep -q . && break; sleep 0.1; done"
    with changed(machines, "n1", listen + wait, "systemctl stop blocker"):
        (finding,) = found(probe(nodes(machines)), "ports.free")
    assert finding.node == "n1" and "6443/tcp by python3" in finding.title.en


def test_too_little_disk(machines: Lab) -> None:
    faults.small_disk(machines.node("n2"), "/var/lib/containerd", 200 * 2**20)
    try:
        facts = probe(nodes(machines))
    finally:
        faults.large_disk(machines.node("n2"), "/var/lib/containerd")
    assert [f.node for f in found(facts, "disk.space") if f.severity == "fail"] == ["n2"]


def test_firewall_between_nodes(machines: Lab) -> None:
    rule = "INPUT -p tcp --dport 10250 -j DROP"
    with changed(machines, "n2", f"iptables -A {rule}", f"iptables -D {rule}"):
        (finding,) = found(probe(nodes(machines), connect_timeout=3), "network.filtered")
    assert finding.node == "n1" and "n2: 10250" in finding.title.en


def test_small_mtu_on_the_way(machines: Lab) -> None:
    with changed(machines, "n2", "ip link set eth0 mtu 1400", "ip link set eth0 mtu 1500"):
        facts = probe(nodes(machines))
    assert [f.node for f in found(facts, "network.packet-size")] == ["n1"]
    assert found(facts, "network.mtu")


def test_name_server_that_does_not_answer(machines: Lab) -> None:
    rule = "INPUT -p udp --dport 53 -j DROP"
    server = machines.node("n1").address
    with changed(machines, "n1", f"iptables -A {rule}", f"iptables -D {rule}"):
        with changed(
            machines,
            "n2",
            f"cp /etc/resolv.conf /root/was; echo nameserver {server} > /etc/resolv.conf",
            "cat /root/was > /etc/resolv.conf; rm /root/was",
        ):
            facts = probe(nodes(machines))
    assert facts.nodes[1].dns == "silent"


def test_proxy(machines: Lab) -> None:
    with changed(
        machines,
        "n1",
        "echo 'https_proxy=http://u:secret@10.9.9.9:1' >> /etc/environment",
        "sed -i /https_proxy/d /etc/environment",
    ):
        facts = probe(nodes(machines))
    assert [f.node for f in found(facts, "network.proxy")] == ["n1"]
    assert "secret" not in facts.model_dump_json()
