"""Real machines: they boot, they are apart, faults hit them and go away again, nothing stays."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from appliance import lab as labs
from appliance.lab import faults
from appliance.lab.identity import KeyPair
from appliance.lab.models import LABEL, Lab, Node
from appliance.lab.podman import query
from installer.common.errors import ExitCode, InvalidInput, SlipwayError
from installer.common.paths import ROOT


@pytest.fixture(scope="module")
def pair(lab):
    return lab(2)


def run(lab: Lab, node: Node, script: str) -> str:
    done = subprocess.run([*lab.ssh(node), script], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.strip()


def reachable(address: str) -> bool:
    try:
        with socket.create_connection((address, 22), timeout=2):
            return True
    except OSError:
        return False


def test_a_node_is_a_healthy_bare_server(pair):
    node = pair.nodes[0]
    assert run(pair, node, "systemctl is-system-running --wait") == "running"
    assert run(pair, node, "python3 -c 'import json, ssl, sqlite3; print(1)'") == "1"
    assert run(pair, node, "cat /proc/1/comm") == "systemd"
    for absent in ("containerd", "runc", "docker", "podman", "crictl", "kubelet"):
        assert run(pair, node, f"command -v {absent} || echo absent") == "absent"


def test_each_node_is_itself(pair):
    first, second = pair.nodes
    assert [run(pair, node, "hostname; cat /etc/hostname").split() for node in pair.nodes] == [["n1"] * 2, ["n2"] * 2]
    assert run(pair, first, "cat /etc/machine-id") != run(pair, second, "cat /etc/machine-id")
    assert first.host_key != second.host_key


def test_no_node_sees_the_control_groups_of_another(pair):
    first, second = pair.nodes
    places = "$(awk '$3 ~ /^cgroup/ { print $2 }' /proc/mounts)"
    made = run(pair, first, f"for place in {places}; do mkdir $place/mine && echo $place; done").split()
    assert made
    assert run(pair, second, f"for place in {places}; do [ ! -e $place/mine ] || echo $place; done") == ""
    run(pair, first, f"for place in {places}; do rmdir $place/mine; done")


def test_files_under_etc_can_be_replaced_by_a_rename(pair):
    for name in ("hosts", "hostname", "resolv.conf"):
        run(pair, pair.nodes[0], f"cp -p /etc/{name} /etc/{name}.new && mv /etc/{name}.new /etc/{name}")


def test_nodes_reach_each_other_and_nothing_else(pair):
    first, second = pair.nodes
    ping = "ping -c 1 -W 2 {} >/dev/null 2>&1 && echo reached || echo not"
    assert run(pair, first, ping.format(second.address)) == "reached"
    assert run(pair, first, "ip route show default") == ""
    # An address of this machine outside of the lab: a packet there would have left the lab.
    outside = json.loads(subprocess.run(["ip", "-4", "-j", "address"], capture_output=True, check=True).stdout)
    addresses = [a["local"] for link in outside for a in link["addr_info"] if link["ifname"].startswith(("e", "w"))]
    for address in addresses:
        assert run(pair, first, ping.format(address)) == "not"


def test_a_password_opens_nothing(pair):
    command = [*pair.ssh(pair.nodes[0]), "true"]
    command[command.index("-i") + 1] = "/dev/null"
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 255
    assert "Permission denied (publickey)" in done.stderr


def test_the_record_is_private(pair):
    assert pair.key.stat().st_mode & 0o777 == 0o600
    assert pair.key.parent.stat().st_mode & 0o777 == 0o700


def test_up_again_is_the_same_lab_and_another_size_is_refused(pair):
    assert labs.up(pair.name, 2) == pair == labs.get(pair.name)
    with pytest.raises(InvalidInput, match="with 2 machines already"):
        labs.up(pair.name, 3)


def test_a_node_comes_back_from_a_power_cut_with_its_files(pair):
    node = pair.nodes[1]
    for folder in ("/etc", "/var/lib/etcd", "/var/lib/kubelet", "/var/lib/containerd"):
        run(pair, node, f"echo kept > {folder}/kept && sync {folder}/kept")
    run(pair, node, "echo lost > /run/lost")
    identity = run(pair, node, "cat /etc/machine-id")
    faults.power_cut(node)
    assert not reachable(node.address)
    assert {s.name: s.nodes for s in labs.listing()}[pair.name] == {"n1": "running", "n2": "exited"}
    faults.boot(node)
    for folder in ("/etc", "/var/lib/etcd", "/var/lib/kubelet", "/var/lib/containerd"):
        assert run(pair, node, f"cat {folder}/kept") == "kept"
    assert run(pair, node, "cat /run/lost 2>/dev/null || echo gone") == "gone"
    assert run(pair, node, "cat /etc/machine-id; cat /etc/hostname").split() == [identity, "n2"]


def test_a_cable_is_pulled_and_put_back(pair):
    node = pair.nodes[0]
    faults.cut_network(node)
    try:
        assert not reachable(node.address)
        assert reachable(pair.nodes[1].address)
    finally:
        faults.restore_network(node)
    assert run(pair, node, "hostname") == "n1"


def test_a_disk_fills_up_and_is_freed(pair):
    node = pair.nodes[0]
    faults.small_disk(node, "/opt/small", 16 << 20)
    faults.fill_disk(node, "/opt/small", 64 << 10)
    write = "dd if=/dev/zero of=/opt/small/file bs=1M count=1 2>&1 || true; rm -f /opt/small/file"
    assert "No space left on device" in run(pair, node, write)
    faults.free_disk(node, "/opt/small")
    assert "No space left on device" not in run(pair, node, write)
    faults.large_disk(node, "/opt/small")
    with pytest.raises(InvalidInput, match="not on a small disk"):
        faults.fill_disk(node, "/opt/small", 0)


def test_the_memory_limit_holds(lab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = lab(1, memory=256 << 20)
    greedy = "python3 -c 'x = bytearray(400 << 20)' 2>/dev/null && echo got it || echo refused"
    assert run(small, small.nodes[0], greedy) == "refused"
    labs.down(small.name)
    assert list(tmp_path.iterdir()) == [], "podman's monitor leaves its notes elsewhere"


def test_a_half_built_lab_is_listed_and_goes(lab):
    made = lab(1)
    subprocess.run(["podman", "rm", "--force", "--time", "0", made.nodes[0].container], check=True, capture_output=True)
    (made.key.parent / "lab.json").unlink()
    status = {status.name: status for status in labs.listing()}[made.name]
    assert status.lab is None
    assert not status.whole
    labs.down(made.name)
    assert_gone(made)


@contextmanager
def lab_up_stopped_half_way(name: str, signal_: signal.Signals) -> Iterator[subprocess.Popen[str]]:
    """`slipway lab up` with the signal to its whole process group, as a terminal sends it, once its first container is there."""
    command = [sys.executable, "-m", "installer.cli", "lab", "up", name, "--nodes", "3"]
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE, text=True) as process:
        try:
            while process.poll() is None and not query("ps", "--all", f"--filter=label={LABEL}={name}"):
                pass
            os.killpg(process.pid, signal_)
            process.wait(60)
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            labs.down(name)


def test_ctrl_c_leaves_nothing():
    name = f"broken{os.getpid()}"
    with lab_up_stopped_half_way(name, signal.SIGINT) as process:
        assert process.returncode == ExitCode.INTERRUPTED
        assert name not in {status.name for status in labs.listing()}


def test_what_a_killed_lab_up_left_is_listed_and_goes():
    name = f"broken{os.getpid()}"
    with lab_up_stopped_half_way(name, signal.SIGKILL):
        status = {status.name: status for status in labs.listing()}[name]
        assert not status.whole
        labs.down(name)
        assert_gone(status.lab)


def test_a_node_that_does_not_boot_is_explained_and_nothing_stays(monkeypatch):
    broken = KeyPair(private=b"no key", public="ssh-ed25519 none")
    monkeypatch.setattr("appliance.lab.lab.KeyPair.new", lambda: broken)
    monkeypatch.setattr("appliance.lab.lab.BOOT_SECONDS", 4.0)
    before = {status.name for status in labs.listing()}
    with pytest.raises(SlipwayError, match="does not answer on SSH") as caught:
        labs.up(f"broken{os.getpid()}", 1)
    assert "ssh.service" in str(caught.value)
    assert "n1 (10.90." in caught.value.report.where
    assert {status.name for status in labs.listing()} == before


def assert_gone(made: Lab) -> None:
    label = f"--filter=label={LABEL}={made.name}"
    assert query("ps", "--all", label) == query("volume", "ls", label) == query("network", "ls", label) == []
    assert made.name not in {status.name for status in labs.listing()}
    assert not made.key.parent.exists()
