"""Every check: what it says of a good machine, and of one that is bad in one respect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from installer.checks import Needs, check, registry
from installer.models.facts import Facts, Folder, Interface, Listener, Mount
from installer.models.finding import Finding, Severity
from installer.models.node import NodeAccess
from tests.installer.machines import FOLDERS, GIB, ROOT, machine, site

STANDARD, LAB = Needs(), Needs(profile="lab")
CHOSEN = Needs(networks={"pod": "10.244.0.0/16", "service": "10.96.0.0/16"}, interfaces={"n1": "eth0"})


def findings(id: str, facts: Facts, needs: Needs = STANDARD) -> list[Finding]:
    return [f for f in check(facts, needs).findings if f.id == id]


def one(**changed: Any) -> Callable[[], Facts]:
    return lambda: site(machine(**changed))


def two(*, second: dict[str, Any], **changed: Any) -> Callable[[], Facts]:
    """Two nodes, the second with changes."""
    return lambda: site(machine(1), machine(2, **second), **changed)


def three(*, third: dict[str, Any]) -> Callable[[], Facts]:
    return lambda: site(machine(1), machine(2), machine(3, **third))


def on(mount: Mount, *paths: str) -> dict[str, Folder]:
    return {p: Folder(real=p if p in paths else "/var/lib", mount=mount if p in paths else ROOT) for p in FOLDERS}


def eth0(**changed: Any) -> list[Interface]:
    return [
        Interface.model_validate({"name": "eth0", "mac": "52:54:00:00:00:02", "addresses": ["10.1.1.2/24"]} | changed)
    ]


def small(free: int, total: int = 100 * GIB) -> Mount:
    return Mount(path="/", device="/dev/sda1", type="ext4", options=["rw"], total=total, free=free)


OURS = [
    Listener(protocol="tcp", address="*", port=6443, process="kube-apiserver"),
    Listener(
        protocol="tcp", address="127.0.0.1", port=10257, process="kube-controller"
    ),  # names are cut to 15 characters
    Listener(protocol="udp", address="*", port=8472),  # the kernel's VXLAN has no process
]
BAD: list[tuple[str, Callable[[], Facts], Needs, Severity]] = [
    ("access.connection", one(problem="unreachable"), STANDARD, "fail"),
    ("access.connection", one(problem="auth"), STANDARD, "fail"),
    ("access.connection", one(problem="hostkey"), STANDARD, "fail"),
    ("access.connection", one(problem="no-root"), STANDARD, "fail"),
    ("access.connection", one(problem="failed"), STANDARD, "fail"),
    ("access.connection", one(problem="no-root", node=NodeAccess(name="n1", address="127.0.0.1", ssh=None)), STANDARD, "fail"),
    ("access.sshd-dns", one(ssh_use_dns=True), STANDARD, "warn"),
    ("base.python", one(python="", problem="no-python"), STANDARD, "fail"),
    ("base.python", one(python="3.8.10"), STANDARD, "fail"),
    ("base.python", one(python_missing=["json"], os_id="rhel"), STANDARD, "fail"),
    ("base.systemd", one(init="openrc-init"), STANDARD, "fail"),
    ("base.architecture", one(architecture="aarch64"), STANDARD, "fail"),
    ("base.commands", one(commands={"losetup": False, "mount": True}), STANDARD, "fail"),
    ("cpu.count", one(cpus=1), STANDARD, "fail"),
    ("cpu.count", one(cpus=2), STANDARD, "warn"),
    ("cpu.level", one(cpu_flags=["sse4_1"]), STANDARD, "warn"),
    ("memory.total", one(memory_total=GIB), STANDARD, "fail"),
    ("memory.total", one(memory_total=3 * GIB), STANDARD, "warn"),
    ("memory.available", one(memory_available=GIB // 2), STANDARD, "warn"),
    ("memory.swap", one(swap_total=GIB), STANDARD, "fail"),
    ("disk.space", one(folders=on(small(5 * GIB), *FOLDERS)), STANDARD, "fail"),
    ("disk.space", one(folders=on(small(30 * GIB), *FOLDERS)), STANDARD, "warn"),
    ("disk.filesystem", one(folders=on(Mount(path="/n", device="s:/x", type="nfs4", total=GIB, free=GIB), "/var/lib/etcd")), STANDARD, "fail"),
    ("disk.filesystem", one(folders=on(Mount(path="/", device="overlay", type="overlay"), "/var/lib/containerd")), STANDARD, "fail"),
    ("disk.options", one(folders=on(Mount(path="/usr", device="/dev/sdb", type="ext4", options=["noexec"]), "/usr/local/bin")), STANDARD, "fail"),
    ("disk.symlink", one(folders={"/var/lib/kubelet": Folder(real="/data/kubelet", mount=ROOT)}), STANDARD, "warn"),
    ("ports.free", one(listeners=[Listener(protocol="tcp", address="*", port=6443, process="nginx")]), STANDARD, "fail"),
    ("ports.free", one(listeners=[Listener(protocol="udp", address="0.0.0.0", port=8472)]), STANDARD, "fail"),
    ("kernel.version", one(kernel="5.4.0-200-generic"), STANDARD, "fail"),
    ("kernel.version", one(kernel="4.18.0-513.el8_9.x86_64"), STANDARD, "fail"),
    ("kernel.features", one(kernel_features={"vxlan": False}), STANDARD, "fail"),
    ("kernel.cgroup", one(cgroup_version=1), STANDARD, "fail"),
    ("kernel.cgroup", one(cgroup_version=0), LAB, "fail"),
    ("kernel.controllers", one(cgroup_controllers=["cpu", "cpuset", "pids"]), STANDARD, "fail"),
    ("kernel.inotify", one(sysctls={"fs.inotify.max_user_instances": "128"}), STANDARD, "info"),
    ("clock.offset", three(third={"clock_offset": 40.0}), STANDARD, "fail"),
    ("clock.offset", three(third={"clock_offset": -2.5, "clock_uncertainty": 0.1}), STANDARD, "warn"),
    ("clock.offset", two(second={"clock_offset": 40.0}), STANDARD, "fail"),
    ("clock.installer", lambda: site(machine(1, clock_offset=90.0), machine(2, clock_offset=90.1)), STANDARD, "warn"),
    ("clock.synchronised", one(clock_synchronised=False), STANDARD, "warn"),
    ("clock.rtc", one(rtc_local=True), STANDARD, "warn"),
    ("identity.hostname", one(hostname="My_Host"), STANDARD, "fail"),
    ("identity.hostname", one(hostname="localhost.localdomain"), STANDARD, "fail"),
    ("identity.hostname", one(hostname="x" * 64), STANDARD, "fail"),
    ("identity.hostname-unique", two(second={"hostname": "n1"}), STANDARD, "fail"),
    ("identity.machine-id", two(second={"machine_id": f"{1:032x}"}), STANDARD, "fail"),
    ("identity.machine-id", one(machine_id=""), STANDARD, "fail"),
    ("identity.product-uuid", two(second={"product_uuid": "0000-1"}), STANDARD, "warn"),
    ("identity.mac", two(second={"interfaces": eth0(mac="52:54:00:00:00:01")}), STANDARD, "fail"),
    ("identity.host-key", two(second={"host_key": "ssh-ed25519 AAAA0001"}), STANDARD, "warn"),
    ("identity.address", two(second={"node": machine(1).node.model_copy(update={"name": "n2"})}), STANDARD, "fail"),
    ("runtime.kubernetes", one(runtimes=["unit:k3s"]), STANDARD, "fail"),
    ("runtime.kubernetes", one(runtimes=["left:/etc/kubernetes/admin.conf"]), STANDARD, "fail"),
    ("runtime.kubernetes", one(runtimes=["unit:kubelet", "slipway:/var/lib/slipway"]), STANDARD, "info"),
    ("runtime.containerd", one(runtimes=["unit:docker", "unit:containerd"]), STANDARD, "fail"),
    ("runtime.cni", one(runtimes=["left:/etc/cni/net.d"]), STANDARD, "warn"),
    ("security.selinux", one(selinux="enforcing"), STANDARD, "warn"),
    ("gpu.driver", one(gpus=["pci 0000:3b:00.0 0x10de 0x2330"], nouveau=True), STANDARD, "warn"),
    ("gpu.driver", one(gpus=["0, NVIDIA H200, 143771 MiB, 570.1"]), STANDARD, "info"),
    ("network.address", one(interfaces=eth0()), STANDARD, "fail"),
    ("network.address", one(), CHOSEN.model_copy(update={"interfaces": {"n1": "eth1"}}), "fail"),
    ("network.route", one(routes=[]), STANDARD, "info"),
    ("network.collision", one(nameservers=["10.96.0.53"]), CHOSEN, "fail"),
    ("network.nameservers", one(nameservers=["127.0.0.1"]), STANDARD, "warn"),
    ("network.nameservers", one(nameservers=[f"10.1.1.{n}" for n in range(4)]), STANDARD, "warn"),
    ("network.nameservers", one(nameservers=[]), STANDARD, "info"),
    ("network.proxy", one(proxies={"https_proxy": "http://10.9.9.9:3128", "no_proxy": "10.1.1.0/24"}), CHOSEN, "warn"),
    ("network.firewall", one(firewall=["firewalld"]), STANDARD, "warn"),
    ("network.hosts", one(etc_hosts={"10.7.7.7": ["n1"]}), STANDARD, "fail"),
    ("network.reachable", two(second={}, reachability={"n1": {}, "n2": {"n1": 0.001}}), STANDARD, "fail"),
    ("network.reachable", two(second={}, reachability={"n1": {"n2": 0.2}}), STANDARD, "warn"),
    ("network.filtered", two(second={}, filtered={"n1": {"n2": [6443]}}), STANDARD, "fail"),
    ("network.packet-size", two(second={}, small_packets_only={"n1": ["n2"], "n2": []}), STANDARD, "fail"),
    ("network.dns", one(dns="silent"), STANDARD, "warn"),
    ("network.dns", one(dns="wildcard"), STANDARD, "warn"),
    ("network.mtu", three(third={"interfaces": eth0(mtu=9000, addresses=["10.1.1.3/24"])}), STANDARD, "warn"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "facts", "needs", "severity"), BAD, ids=[f"{n}-{b[0]}" for n, b in enumerate(BAD)])
def test_bad_machine(id: str, facts: Callable[[], Facts], needs: Needs, severity: Severity) -> None:
    found = [f for f in findings(id, facts(), needs) if f.severity != "ok"]
    assert {f.severity for f in found} == {severity}
    for finding in found:
        if severity in ("warn", "fail"):
            assert finding.why and finding.fix, "says why and what to do"
            assert finding.seen, "shows what was seen"


@pytest.mark.parametrize("id", registry())
def test_good_machines(id: str) -> None:
    good = site(machine(1), machine(2), machine(3))
    found = findings(id, good, CHOSEN)
    assert found, "a check says also that all is well"
    assert {f.severity for f in found} == {"ok"}


def test_every_check_is_seen_to_fail() -> None:
    assert {b[0] for b in BAD} == set(registry())


@pytest.mark.parametrize(
    ("id", "changed", "needs"),
    [
        ("memory.swap", {"swap_total": GIB}, LAB),
        ("kernel.cgroup", {"cgroup_version": 1}, LAB),
        ("clock.synchronised", {"clock_synchronised": None}, LAB),
        ("network.route", {"routes": []}, LAB),
        ("kernel.version", {"kernel": "4.18.0-553.el8_10.x86_64"}, STANDARD),
        ("kernel.version", {"kernel": "5.14.0-503.el9.x86_64"}, STANDARD),
        ("kernel.features", {"kernel_features": {"overlay": True}}, STANDARD),
        ("cpu.count", {"cpus": 1}, Needs(profile="lab", roles={"n1": ["worker"]})),
        ("memory.total", {"memory_total": 2 * GIB}, Needs(roles={"n1": ["worker"]})),
        ("ports.free", {"listeners": [Listener(protocol="tcp", address="*", port=2379)]}, Needs(roles={"n1": ["worker"]})),
        ("ports.free", {"listeners": [Listener(protocol="udp", address="*", port=6443)]}, STANDARD),
        ("network.nameservers", {"nameservers": ["127.0.0.53"]}, STANDARD),
        ("network.dns", {"dns": "answers"}, STANDARD),
        ("network.dns", {"dns": "silent"}, LAB),
        ("ports.free", {"listeners": OURS, "runtimes": ["unit:kubelet", "slipway:/var/lib/slipway"]}, STANDARD),
        ("disk.space", {"folders": {}, "runtimes": ["slipway:/var/lib/slipway"]}, STANDARD),
        ("network.proxy", {"proxies": {"http_proxy": "http://p:1", "no_proxy": "10.0.0.0/8"}}, CHOSEN),
        ("network.hosts", {"etc_hosts": {"10.7.7.7": ["other"]}}, STANDARD),
        ("runtime.containerd", {"runtimes": ["program:/usr/bin/podman"]}, STANDARD),
        ("clock.offset", {"clock_offset": 3.0, "clock_uncertainty": 5.0}, STANDARD),
        ("network.address", {"node": NodeAccess(name="n1", address="node.example")}, STANDARD),
    ],
)  # fmt: skip
def test_not_held_against_it(id: str, changed: dict[str, Any], needs: Needs) -> None:
    assert {f.severity for f in findings(id, site(machine(**changed)), needs)} == {"ok"}


def test_lab_nodes_share_the_hosts_uuid() -> None:
    facts = site(machine(1, virtualization="podman"), machine(2, product_uuid="0000-1", virtualization="podman"))
    assert {f.severity for f in findings("identity.product-uuid", facts)} == {"ok"}


def test_of_two_clocks_the_second_is_named() -> None:
    facts = site(machine(1), machine(2, clock_offset=40.0))
    assert {f.node: f.severity for f in findings("clock.offset", facts)} == {"n1": "ok", "n2": "fail"}


def test_disks_are_counted_once() -> None:
    """Three mounts of one disk, with room for each need alone but not for all."""
    disk = Mount(path="/var", device="/dev/sdb1", type="xfs", options=["rw"], total=50 * GIB, free=14 * GIB)
    folders = {p: Folder(real=p, mount=disk.model_copy(update={"path": p})) for p in FOLDERS}
    (found,) = findings("disk.space", site(machine(folders=folders)))
    assert found.severity == "fail" and "14.0 GiB free, 25.5 GiB needed" in found.title.en


def test_unreadable_nodes_are_only_told_as_such() -> None:
    report = check(site(machine(1), machine(2, problem="auth")), STANDARD)
    assert [f.id for f in report.findings if f.node == "n2"] == ["access.connection"]
    assert report.blocked


def test_a_stranger_on_a_port_is_told_although_slipway_is_there() -> None:
    stranger = Listener(protocol="tcp", address="*", port=30443, process="nginx")
    facts = site(machine(listeners=[*OURS, stranger], runtimes=["slipway:/var/lib/slipway"]))
    assert [f.severity for f in findings("ports.free", facts)] == ["fail"]
