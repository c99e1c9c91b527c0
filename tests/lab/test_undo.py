"""Undo on a real machine: everything an installation might do, taken back to no difference at all.

What the machine says afterwards is asked of its own programs too, not only of the fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import unified_diff
from pathlib import Path

import pytest

from appliance import lab as labs
from installer.fingerprint import Fingerprint, compare, finish, take, undo
from installer.models.node import NodeAccess, SshAccess
from installer.remote import Remote, connect, disconnect

NASTY = Path(__file__).with_name("nasty")

WITNESSES = r"""
nft -s list ruleset; iptables-nft-save | grep -v '^[#:]'; ip6tables-nft-save | grep -v '^#'
ip -brief link; ip -brief address; ip route show table all | grep -v 'table local'; ip rule; tc qdisc; ip netns
findmnt --raw --noheadings --output TARGET,FSTYPE,PROPAGATION; ls -A /sys/fs/bpf /opt /var/lib/etcd /usr/local/bin
systemctl list-unit-files --no-legend; systemctl list-units --failed --no-legend
getent passwd; getent group; find /sys/fs/cgroup -name '*pod*'; ps -eo comm= | sort -u | grep -v -e ps -e sort -e grep
find /etc /opt /usr/local /usr/libexec /root -printf '%p %y %m %u %g %s %l\n' | grep -v -e '^/etc/[a-z]*- ' -e '^/etc/.pwd.lock '
find /etc /usr/local -type f ! -path '/etc/*-' ! -name .pwd.lock -exec sha256sum {} +
sysctl net.ipv4.ip_forward net.ipv4.conf.all.rp_filter net.ipv4.conf.eth0.rp_filter
"""


@pytest.fixture(scope="module")
def node(lab: Callable[..., labs.Lab], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    """A machine with a customer's settings on it."""
    made = lab(1)
    (machine,) = made.nodes
    access = NodeAccess(name="n1", address=machine.address, ssh=SshAccess(key=str(made.key), host_key=machine.host_key))
    remotes = connect([access], tmp_path_factory.mktemp("run"))
    remote = remotes["n1"]
    shell(remote, "customer.sh")
    yield remote
    disconnect(remotes.values())


def shell(remote: Remote, script: str) -> None:
    remote.run("exec sh -s", input=(NASTY / script).read_bytes(), timeout=120)


def witnesses(remote: Remote) -> list[str]:
    return remote.run(WITNESSES, timeout=120, check=False).stdout.decode(errors="replace").splitlines()


def everything(before: Fingerprint) -> dict[str, list[str]]:
    return {section: ["*"] for section in before.sections}


def test_a_machine_at_rest_does_not_differ(node: Remote) -> None:
    first = take(node, "rest/1")
    assert [d.text.en for d in compare(first, take(node, "rest/2"))] == []
    kept = node.run("cd /var/lib/slipway; stat -c '%a %n' . fingerprints fingerprints/*").stdout.decode().split()
    assert kept[::2] == ["700", "700", "600", "600"]
    assert [section for section, entries in first.sections.items() if "unavailable" in entries] == []


def test_everything_comes_back(node: Remote) -> None:
    seen = witnesses(node)
    before = take(node, "before", ["/etc/*", "/usr/local/bin/*"])
    shell(node, "changes.sh")
    node.run("exec python3 -", input=(NASTY / "programs.py").read_bytes())
    changed = compare(before, take(node, "after"))
    quiet = {"packages", "listeners", "swap", "modules"}  # the script does nothing of the kind
    assert {d.section for d in changed} == set(before.sections) - quiet
    assert len([d for d in changed if d.section == "bpf" and d.key.startswith("cgroup egress")]) == 2
    assert len([d for d in changed if d.section == "bpf" and d.key.startswith("link eth0 tcx_ingress")]) == 2

    report = undo(node, before, everything(before))
    assert [d.text.en for d in report.failed] == []
    assert [d.text.en for d in report.left] == []
    assert {d.key for d in changed} <= {d.key for d in report.done}
    assert [d.text.en for d in compare(before, take(node, "undone"))] == []
    differing = list(unified_diff(seen, witnesses(node), lineterm="", n=1))
    assert not differing, "\n".join(differing)


def test_undo_works_from_the_installers_copy_when_the_nodes_is_lost(node: Remote) -> None:
    before = take(node, "before2")
    node.run("echo changed >/etc/hosts; rm /etc/issue; rm -r /var/lib/slipway/fingerprints /var/lib/slipway/kept")
    assert undo(node, before, everything(before)).failed == []
    assert compare(before, take(node, "undone2")) == []


def test_what_the_stage_does_not_touch_is_reported_and_left(node: Remote) -> None:
    before = take(node, "before3")
    node.run("echo ours >/etc/ours.conf; echo theirs >/etc/theirs.conf; ip link add wg9 type bridge")
    report = undo(node, before, {"files": ["/etc/ours*"], "links": ["lxc*"]})
    assert [d.key for d in report.done] == ["/etc/ours.conf"]
    assert {"/etc/theirs.conf", "wg9"} <= {d.key for d in report.left}
    assert node.run("cat /etc/theirs.conf; ip link del wg9; rm /etc/theirs.conf").stdout == b"theirs\n"


def test_undo_that_was_killed_half_way_is_finished_by_the_next(node: Remote) -> None:
    before = take(node, "before4")
    node.run("i=0; while [ $i -lt 300 ]; do echo $i >/etc/ours.$i; i=$((i+1)); done; ip link add lxc9 type bridge")
    killer = "until [ ! -e /sys/class/net/lxc9 ]; do :; done; pkill -9 -x -f '.*runpy.*undo.*' "
    node.run(f'setsid sh -c "{killer}" >/dev/null 2>&1 </dev/null &')
    try:
        undo(node, before, everything(before))
    except Exception as error:  # it may have been quicker than its killer
        assert "exit code" in str(error) or "killed" in str(error).lower(), error
    assert undo(node, before, everything(before)).failed == []
    assert compare(before, take(node, "undone4")) == []


def test_what_cannot_be_put_back_is_told_with_its_reason(node: Remote) -> None:
    node.run("mkdir -p /etc/held; echo x >/etc/held/private; chmod 600 /etc/held/private")
    before = take(node, "before5")
    node.run("echo y >/etc/held/private")
    report = undo(node, before, {"files": ["*"]})
    assert [d.key for d in report.failed] == ["/etc/held/private"]
    assert "not kept" in report.failed[0].text.en
    node.run("rm -r /etc/held")


def test_finish_leaves_nothing_of_ours(node: Remote) -> None:
    take(node, "last")
    finish(node)
    assert node.run("ls -d /var/lib/slipway || echo absent").stdout == b"absent\n"
    take(node, "again")
    node.run("rm /var/lib/slipway/.created; echo x >/var/lib/slipway/theirs")  # as if it had been there before
    finish(node)
    assert node.run("ls /var/lib/slipway").stdout == b"theirs\n"
