"""Generating: what is decided, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from installer.common.errors import ExitCode, InvalidInput, SlipwayError
from installer.configure import Answers, configure
from installer.models.facts import Folder, Interface, Listener, Mount, Route
from installer.models.node import NodeAccess, SshAccess
from tests.installer.machines import FOLDERS, GIB, ROOT, machine, site


@dataclass(frozen=True)
class Bundle:
    """What a configuration asks of a bundle."""

    path: Path = Path("/mnt/bundle")
    digest: str = "sha256:" + "0" * 64

    def version(self, component: str) -> str:
        return {"kubernetes": "1.37.2"}[component]


BUNDLE = Bundle()


def test_one_node_does_both() -> None:
    made = configure(site(machine()), Answers(name="plant-7"), BUNDLE)
    (node,) = made.site.nodes
    assert (node.name, node.address, node.interface, node.roles) == (
        "n1",
        "10.1.1.1",
        "eth0",
        ["control-plane", "worker"],
    )
    assert node.ssh and node.ssh.host_key == "ssh-ed25519 AAAA0001"
    assert made.site.metadata.name == "plant-7"
    assert made.site.kubernetes.version == "1.37.2"
    assert made.site.kubernetes.endpoint == "10.1.1.1:6443"
    assert made.site.kubernetes.pod_network == "10.244.0.0/16"
    assert made.site.kubernetes.service_network == "10.96.0.0/16"
    assert made.site.bundle.digest == BUNDLE.digest
    assert (made.site.platform.port, made.site.platform.replicas) == (30443, 1)


def test_several_nodes_have_one_control_plane() -> None:
    made = configure(site(*(machine(n) for n in range(1, 5))), Answers(), BUNDLE)
    assert [n.roles for n in made.site.nodes] == [["control-plane"], ["worker"], ["worker"], ["worker"]]
    assert made.site.platform.replicas == 2
    assert "load balancer" in made.reasons["nodes[0].roles"].en


def test_every_choice_has_its_reason_in_both_languages() -> None:
    made = configure(site(machine(1), machine(2)), Answers(), BUNDLE)
    chosen = {f"nodes[{i}].{field}" for i in (0, 1) for field in ("name", "roles", "interface", "ssh.hostKey")} | {
        "metadata.name", "profile", "bundle.digest", "kubernetes.version", "kubernetes.endpoint",
        "kubernetes.podNetwork", "kubernetes.serviceNetwork", "storage.path", "platform.port", "platform.replicas",
    }  # fmt: skip
    assert set(made.reasons) == chosen
    assert all(reason.en and reason.zh for reason in made.reasons.values())


def test_used_networks_are_avoided() -> None:
    routes = [Route(destination="10.0.0.0/8", device="eth0"), Route(destination="172.16.0.0/13", device="docker0")]
    made = configure(site(machine(1), machine(2, routes=routes)), Answers(), BUNDLE)
    assert made.site.kubernetes.pod_network == "172.31.0.0/16"
    assert made.site.kubernetes.service_network == "172.30.0.0/16"
    assert "172.16.0.0/13" in made.reasons["kubernetes.podNetwork"].en


def test_dns_servers_and_proxies_are_avoided() -> None:
    facts = site(machine(nameservers=["10.244.7.7"], proxies={"http_proxy": "http://u:p@10.96.3.3:3128"}))
    made = configure(facts, Answers(), BUNDLE)
    assert made.site.kubernetes.pod_network == "10.255.0.0/16"
    assert made.site.kubernetes.service_network == "10.254.0.0/16"


def test_asked_network_that_collides_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"collides with 10\.1\.1\.0/24") as caught:
        configure(site(machine()), Answers(pod_network="10.0.0.0/8"), BUNDLE)
    assert caught.value.code == ExitCode.USAGE


@pytest.mark.parametrize("text", ["10.1.1.1/16", "10.0.0.0/33", "pods", "fd00::/64"])
def test_asked_network_that_is_none(text: str) -> None:
    with pytest.raises(InvalidInput, match="not an IPv4 network"):
        configure(site(machine()), Answers(service_network=text), BUNDLE)


def test_asked_network_leaves_room_for_the_other() -> None:
    made = configure(site(machine()), Answers(service_network="10.244.0.0/16"), BUNDLE)
    assert made.site.kubernetes.service_network == "10.244.0.0/16"
    assert made.site.kubernetes.pod_network == "10.255.0.0/16"


def test_overlapping_answers_are_refused() -> None:
    with pytest.raises(InvalidInput, match="overlaps"):
        configure(site(machine()), Answers(pod_network="10.200.0.0/16", service_network="10.200.0.0/16"), BUNDLE)


def test_no_range_is_free() -> None:
    routes = [
        Route(destination=d, device="eth0") for d in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
    ]
    with pytest.raises(InvalidInput, match="in use"):
        configure(site(machine(routes=routes)), Answers(), BUNDLE)


def test_largest_disk_of_all_nodes_holds_the_volumes() -> None:
    def with_disk(number: int, free: int) -> object:
        disk = Mount(path="/data", device="/dev/sdb1", type="xfs", options=["rw"], total=free, free=free)
        return machine(number, mounts=[ROOT, disk])

    big = configure(site(with_disk(1, 900 * GIB), with_disk(2, 800 * GIB)), Answers(), BUNDLE)  # type: ignore[arg-type]
    assert big.site.storage.path == "/data/slipway/volumes"
    assert "800 GiB" in big.reasons["storage.path"].en
    one_small = configure(site(with_disk(1, 900 * GIB), with_disk(2, 20 * GIB)), Answers(), BUNDLE)  # type: ignore[arg-type]
    assert one_small.site.storage.path == "/var/lib/slipway/volumes"
    missing = configure(site(with_disk(1, 900 * GIB), machine(2)), Answers(), BUNDLE)  # type: ignore[arg-type]
    assert missing.site.storage.path == "/var/lib/slipway/volumes"


@pytest.mark.parametrize(
    "disk",
    [
        Mount(path="/boot/efi", device="/dev/sda2", type="ext4", options=["rw"], total=900 * GIB, free=900 * GIB),
        Mount(path="/mnt/share", device="server:/x", type="nfs4", options=["rw"], total=900 * GIB, free=900 * GIB),
        Mount(path="/data", device="/dev/sdb", type="ext4", options=["ro"], total=900 * GIB, free=900 * GIB),
    ],
)
def test_unsuitable_disks_are_left_alone(disk: Mount) -> None:
    made = configure(site(machine(mounts=[ROOT, disk])), Answers(), BUNDLE)
    assert made.site.storage.path == "/var/lib/slipway/volumes"


def test_port_in_use_is_avoided() -> None:
    busy = machine(2, listeners=[Listener(protocol="tcp", address="*", port=30443)])
    assert configure(site(machine(1), busy), Answers(), BUNDLE).site.platform.port == 30000
    assert configure(site(machine(1)), Answers(platform_port=31000), BUNDLE).site.platform.port == 31000
    with pytest.raises(InvalidInput, match="443"):
        configure(site(machine(1)), Answers(platform_port=443), BUNDLE)


@pytest.mark.parametrize(
    ("asked", "made"),
    [("My Site", "my-site"), ("站点", "site"), ("a" * 60, "a" * 40), ("-x-", "x"), ("Plant_7.b", "plant-7-b")],
)
def test_names_become_labels(asked: str, made: str) -> None:
    assert configure(site(machine()), Answers(name=asked), BUNDLE).site.metadata.name == made


def test_node_names_are_host_names_where_they_can_be() -> None:
    facts = site(
        machine(1, hostname="db.example.org"), machine(2, hostname="Bad_Name"), machine(3, hostname="localhost")
    )
    assert [n.name for n in configure(facts, Answers(), BUNDLE).site.nodes] == ["db", "n2", "n3"]


def test_equal_host_names_are_not_taken() -> None:
    facts = site(machine(1, hostname="same"), machine(2, hostname="same"))
    assert [n.name for n in configure(facts, Answers(), BUNDLE).site.nodes] == ["n1", "n2"]


def test_local_machine_takes_the_address_of_its_default_route() -> None:
    interfaces = [
        Interface(name="lo", addresses=["127.0.0.1/8"]),
        Interface(name="docker0", addresses=["172.17.0.1/16"]),
        Interface(name="eth0", addresses=["fe80::1/64", "10.1.1.1/24"]),
    ]
    local = NodeAccess(name="n1", address="127.0.0.1", ssh=None)
    (node,) = configure(site(machine(node=local, interfaces=interfaces)), Answers(), BUNDLE).site.nodes
    assert (node.address, node.interface, node.ssh) == ("10.1.1.1", "eth0", None)


def test_node_given_by_name_takes_its_interfaces_address() -> None:
    named = NodeAccess(name="n1", address="node.example", ssh=SshAccess())
    made = configure(site(machine(node=named)), Answers(), BUNDLE)
    assert made.site.nodes[0].address == "10.1.1.1"
    assert "eth0" in made.reasons["nodes[0].address"].en


def test_no_ipv4_at_all() -> None:
    with pytest.raises(InvalidInput, match="no IPv4 address"):
        configure(site(machine(interfaces=[Interface(name="eth0", addresses=["fd00::1/64"])])), Answers(), BUNDLE)


@pytest.mark.parametrize("problem", ["unreachable", "hostkey", "no-python"])
def test_unread_machines_are_refused(problem: str) -> None:
    with pytest.raises(SlipwayError) as caught:
        configure(site(machine(1), machine(2, problem=problem)), Answers(), BUNDLE)
    assert caught.value.code == ExitCode.BLOCKED
    assert "n2" in str(caught.value)


def test_folders_decide_only_with_the_default_folder_known() -> None:
    folders = {p: Folder(real="/var/lib", mount=ROOT) for p in FOLDERS}
    made = configure(site(machine(folders=folders)), Answers(storage_path="/srv/volumes"), BUNDLE)
    assert made.site.storage.path == "/srv/volumes"
