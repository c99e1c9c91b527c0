"""The report's text as facts: with reports recorded on real machines, and single sections as other systems print them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from installer.models.facts import Listener, NodeFacts, Route, Seen
from installer.models.node import NodeAccess
from installer.probe import parse

REPORTS = Path(__file__).parent / "reports"
NODE = NodeAccess(name="n1", address="10.90.1.11")


def read(name: str) -> NodeFacts:
    return parse.node_facts(NODE, (REPORTS / name).read_text())


def section(name: str, output: str) -> dict[str, Any]:
    return parse.facts({name: Seen(command="", output=output)})


def test_lab_node() -> None:
    n = read("lab-node.txt")
    assert (n.problem, n.hostname, n.os_id, n.os_version, n.architecture) == ("", "n1", "debian", "12", "x86_64")
    assert (n.python, n.python_missing, n.init, n.systemd) == ("3.11.2", [], "systemd", "252")
    assert n.virtualization == "podman"
    assert n.cgroup_version == 1
    assert {"cpu", "memory", "pids", "freezer"} <= set(n.cgroup_controllers)
    assert len(n.machine_id) == 32
    assert n.cpus == 2 and "sse4_2" in n.cpu_flags
    assert n.memory_total > n.memory_available > 0 and n.swap_total == 0
    eth0 = next(i for i in n.interfaces if i.name == "eth0")
    assert "10.90.1.11/24" in eth0.addresses and eth0.mtu == 1500 and eth0.state == "UP"
    assert n.routes == [Route(destination="10.90.1.0/24", device="eth0")] or n.routes[0].destination == "10.90.1.0/24"
    assert Listener(protocol="tcp", address="0.0.0.0", port=22, process="sshd") in n.listeners
    assert all(n.kernel_features[name] for name in ("overlay", "vxlan", "bpf_syscall", "cgroup_bpf"))
    assert n.commands["losetup"] is True
    assert n.ssh_use_dns is False
    assert n.runtimes == [] and n.gpus == [] and n.firewall == []


def test_mounts_of_one_device_all_have_its_size() -> None:
    """df tells a device once, however often it is mounted."""
    folders = read("lab-node.txt").folders
    containerd, etcd = folders["/var/lib/containerd"].mount, folders["/var/lib/etcd"].mount
    assert containerd.device == etcd.device == "/dev/vda"
    assert containerd.type == "ext4" and containerd.path == "/var/lib/containerd"
    assert abs(containerd.free - etcd.free) < 2**20
    assert folders["/var/lib/slipway/volumes"].real == "/var/lib"
    assert folders["/usr/local/bin"].mount.type == "overlay"
    assert not [o for o in folders["/usr/local/bin"].mount.options if "dir=" in o]


def test_debian_host() -> None:
    n = read("debian-host.txt")
    assert n.init == "tini"
    assert any(r.destination == "default" and r.gateway for r in n.routes)
    assert n.runtimes == ["program:/usr/bin/podman", "left:/etc/cni/net.d"]
    assert n.proxies == {"http_proxy": "http://***@10.9.9.9:3128"}
    assert n.clock_synchronised is None
    assert next(m for m in n.mounts if m.path == "/").type == "ext4"


def test_evidence_is_the_command_and_a_few_lines() -> None:
    seen = read("debian-host.txt").seen
    assert seen["machine_id"].command == "cat /etc/machine-id"
    assert len(seen["mounts"].output.splitlines()) == parse.EVIDENCE_LINES + 1


def test_report_that_broke_off_is_a_failed_node() -> None:
    whole = (REPORTS / "lab-node.txt").read_text()
    for length in (0, 100, len(whole) // 2, len(whole) - 12):
        assert parse.node_facts(NODE, whole[:length]).problem == "failed"


def test_node_without_python_still_tells_the_rest() -> None:
    report = (REPORTS / "lab-node.txt").read_text().replace("\n3.11.2\n", "\n")
    n = parse.node_facts(NODE, report)
    assert (n.problem, n.python, n.hostname) == ("no-python", "", "n1")


def test_empty_sections_leave_the_defaults() -> None:
    found = {name: Seen(command="", output="") for name in parse.sections((REPORTS / "lab-node.txt").read_text())}
    facts = NodeFacts(node=NODE, **parse.facts(found))
    assert facts.model_dump(exclude={"node", "seen", "commands"}) == NodeFacts(node=NODE).model_dump(
        exclude={"node", "seen", "commands"}
    )


@pytest.mark.parametrize(
    ("name", "output", "field", "value"),
    [
        ("cgroup", "cgroup2fs\ncpuset cpu io memory hugetlb pids rdma", "cgroup_version", 2),
        ("cgroup", "cgroup2fs\ncpu pids", "cgroup_controllers", ["cpu", "pids"]),
        (
            "cgroup",
            "tmpfs\n#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t1\t0\npids\t3\t1\t1",
            "cgroup_controllers",
            ["pids"],
        ),
        ("python", "3.9.2 json zipfile", "python_missing", ["json", "zipfile"]),
        ("selinux", "1", "selinux", "enforcing"),
        ("timedate", "NTPSynchronized=no\nLocalRTC=yes", "rtc_local", True),
        ("timedate", "LocalRTC=no\nNTPSynchronized=yes", "clock_synchronised", True),
        ("dns", "2", "dns", "answers"),
        ("dns", "124", "dns", "silent"),
        ("dns", "10.9.9.9       no-such-host-4711.corp.example\n0", "dns", "wildcard"),
        ("dns", "127", "dns", ""),
        ("sshd", "usedns yes", "ssh_use_dns", True),
        ("resolv", "# a comment\nnameserver 10.0.0.1 # first\nsearch a.example b.example", "nameservers", ["10.0.0.1"]),
        ("resolv", "domain x.example\nsearch a.example b.example", "search_domains", ["a.example", "b.example"]),
        (
            "hosts",
            "127.0.0.1 localhost\n10.0.0.1 a a.example # old\n",
            "etc_hosts",
            {"127.0.0.1": ["localhost"], "10.0.0.1": ["a", "a.example"]},
        ),
        ("proxies", 'export HTTPS_PROXY="http://p:1"\nno_proxy=', "proxies", {"https_proxy": "http://p:1"}),
        ("kernel", "4.18.0-553.el8_10.x86_64 x86_64", "kernel", "4.18.0-553.el8_10.x86_64"),
        ("gpus", "0, NVIDIA H200, 143771 MiB, 570.1", "gpus", ["0, NVIDIA H200, 143771 MiB, 570.1"]),
        ("product_uuid", "4C4C4544-0042-3510-8054-B4C04F4A3732", "product_uuid", "4c4c4544-0042-3510-8054-b4c04f4a3732"),
    ],
)  # fmt: skip
def test_section(name: str, output: str, field: str, value: object) -> None:
    assert section(name, output)[field] == value


def test_listeners_as_ss_prints_them() -> None:
    output = """udp   UNCONN 0      0            127.0.0.54:53        0.0.0.0:*    users:(("systemd-resolve",pid=1,fd=3))
tcp   LISTEN 0      4096   127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd-resolve",pid=1,fd=4))
tcp   LISTEN 0      128             [::]:22           [::]:*    users:(("sshd",pid=2,fd=3),("systemd",pid=1,fd=9))
tcp   LISTEN 0      128                *:6443            *:*
nl    UNCONN 0      0      rtnl:kernel"""
    assert section("listeners", output)["listeners"] == [
        Listener(protocol="udp", address="127.0.0.54", port=53, process="systemd-resolve"),
        Listener(protocol="tcp", address="127.0.0.53", port=53, process="systemd-resolve"),
        Listener(protocol="tcp", address="::", port=22, process="sshd"),
        Listener(protocol="tcp", address="*", port=6443),
    ]


def test_mount_points_with_blanks() -> None:
    found = {
        "mounts": Seen(command="", output=r"/dev/sdb1 /my\040disk ext4 rw,relatime 0 0"),
        "df": Seen(command="", output="Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sdb1 1000 400 600 40% /my disk"),
    }  # fmt: skip
    (mount,) = parse.facts(found)["mounts"]
    assert (mount.path, mount.total, mount.free) == ("/my disk", 1024000, 614400)


@pytest.mark.parametrize(
    ("modules", "options", "there"),
    [
        ("vxlan loaded", "", True),
        ("vxlan loadable", "CONFIG_VXLAN=m", True),
        ("vxlan absent", "CONFIG_VXLAN=y", True),
        ("vxlan absent", "CONFIG_OVERLAY_FS=y", False),
        ("vxlan absent", "", False),
    ],
)
def test_kernel_feature(modules: str, options: str, there: bool) -> None:
    found = {"modules": Seen(command="", output=modules), "kconfig": Seen(command="", output=options)}
    assert parse.facts(found)["kernel_features"]["vxlan"] is there


def test_nothing_is_said_of_options_without_a_kernel_configuration() -> None:
    assert "bpf_syscall" not in section("modules", "vxlan loaded")["kernel_features"]


def test_nothing_of_a_node_can_move_a_cursor() -> None:
    report = (REPORTS / "lab-node.txt").read_text().replace("Debian GNU", "\x1b[2J\x1b]0;owned\x07\u202eDebian\r GNU")
    n = parse.node_facts(NODE, report)
    assert n.os_name == "[2J]0;ownedDebian GNU/Linux 12 (bookworm)"
    assert "\x1b" not in n.model_dump_json() and "\\u001b" not in n.model_dump_json()
