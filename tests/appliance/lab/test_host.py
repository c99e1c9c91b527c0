from __future__ import annotations

import json
import resource

import pytest

from appliance.lab import host
from appliance.lab.host import describe, only_podmans, unmounted_controllers

MOUNTS = """\
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,hugetlb 0 0
"""
HEAD = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"


def test_limits_are_given_only_where_they_cannot_be_raised():
    free = describe(capabilities=1 << host.CAP_SYS_RESOURCE, unified=True, nofile=1024, nproc=99, pid_max=50)
    assert free == host.Host(cgroup_version=2, limits_fixed=False, ulimits={})
    fixed = describe(capabilities=0, unified=False, nofile=20000, nproc=96365, pid_max=32768)
    assert fixed == host.Host(cgroup_version=1, limits_fixed=True, ulimits={"nofile": 20000, "nproc": 32768})


def test_an_infinite_limit_is_not_given():
    found = describe(capabilities=0, unified=False, nofile=20000, nproc=resource.RLIM_INFINITY, pid_max=32768)
    assert found.ulimits == {"nofile": 20000}


@pytest.mark.parametrize(
    ("rows", "missing"),
    [
        ("cpu\t1\t1\t1\nmemory\t4\t14\t1\n", []),
        ("cpu\t1\t1\t1\nhugetlb\t0\t1\t1\nmisc\t0\t1\t0\n", ["hugetlb"]),
        ("net_cls\t0\t1\t1\nperf_event\t0\t1\t1\nnet_prio\t0\t1\t1\n", ["perf_event", "net_cls,net_prio"]),
        ("cpuacct\t1\t1\t1\nnet_prio\t0\t1\t1\n", ["net_prio"]),
        ("hugetlb\t26\t61\t1\n", ["hugetlb"]),  # unmounted by the lab before, and not gone yet
    ],
)
def test_only_enabled_controllers_without_a_mount_are_mounted(rows, missing):
    assert unmounted_controllers(HEAD + rows, MOUNTS) == missing


def rule(chain: str, target: str) -> dict[str, object]:
    return {"rule": {"chain": chain, "expr": [{"jump": {"target": target}}]}}


def test_a_table_with_somebody_elses_rule_is_not_podmans():
    podmans = [{"chain": {"name": "FORWARD"}}, rule("FORWARD", "NETAVARK_FORWARD"), rule("NETAVARK-1", "accept")]
    assert only_podmans(podmans)
    assert not only_podmans([*podmans, rule("FORWARD", "DOCKER-USER")])


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine whose commands, cgroup tree, tables and settings are in the test's folder."""
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(host, "CGROUPS", tmp_path / "cgroup")
    (tmp_path / "cgroup" / "memory").mkdir(parents=True)
    monkeypatch.setattr(host, "SETTINGS", [])
    monkeypatch.setattr(host, "_tables", lambda: [])
    monkeypatch.setattr(host, "_run", lambda *words: commands.append(words) or "")
    monkeypatch.setattr(host, "_unmounted", lambda: ["hugetlb"])
    return commands


V1 = host.Host(cgroup_version=1, limits_fixed=False, ulimits={})


def test_what_to_take_away_is_on_disk_before_it_is_made(machine, tmp_path, monkeypatch):
    def power_cut(*words):
        raise KeyboardInterrupt

    monkeypatch.setattr(host, "_run", power_cut)
    with pytest.raises(KeyboardInterrupt):
        host.prepare(V1, tmp_path / "host.json")
    assert json.loads((tmp_path / "host.json").read_text())["mounts"] == ["hugetlb"]


def test_a_second_lab_does_not_take_the_firsts_changes_for_the_machines_own(machine, tmp_path, monkeypatch):
    record = tmp_path / "host.json"
    host.prepare(V1, record)
    (tmp_path / "cgroup/memory/libpod_parent/one").mkdir(parents=True)
    first = record.read_text()
    monkeypatch.setattr(host, "_unmounted", lambda: [])
    host.prepare(V1, record)
    assert record.read_text() == first


def test_put_back_removes_podmans_groups_and_forgets_only_at_the_end(machine, tmp_path, monkeypatch):
    record = tmp_path / "host.json"
    host.prepare(V1, record)
    (tmp_path / "cgroup/memory/libpod_parent/one").mkdir(parents=True)
    monkeypatch.setattr(host, "_mounted", lambda: {str(tmp_path / "cgroup/hugetlb"), "/"})
    host.put_back(record)
    assert not (tmp_path / "cgroup/memory/libpod_parent").exists()
    assert not (tmp_path / "cgroup/hugetlb").exists()
    assert not record.exists()
    assert ("umount", str(tmp_path / "cgroup/hugetlb")) in machine
    host.put_back(record)  # nothing to do, and no error


@pytest.mark.parametrize(("others", "stopped"), [(False, True), (True, False)])
def test_systemds_slice_is_stopped_unless_somebody_elses_machines_are_in_it(machine, tmp_path, others, stopped):
    record = tmp_path / "host.json"
    host.prepare(V1, record)
    (tmp_path / "cgroup/memory/machine.slice").mkdir()
    if others:
        (tmp_path / "cgroup/memory/machine.slice/qemu.scope").mkdir()
    host.put_back(record)
    assert (("systemctl", "stop", "machine.slice") in machine) is stopped


def test_nothing_is_mounted_on_a_unified_tree(machine, tmp_path):
    host.prepare(host.Host(cgroup_version=2, limits_fixed=False, ulimits={}), tmp_path / "host.json")
    assert machine == []
