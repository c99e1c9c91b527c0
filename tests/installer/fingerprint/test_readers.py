"""Readers of the kernel and of the node's programs, with recorded output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from installer.fingerprint.agent import kernel, network, packetfilter, system
from installer.fingerprint.agent.shell import Unavailable


def test_mountinfo() -> None:
    line = "36 35 98:0 / /run/with\\040space rw,noatime shared:5 master:1 - ext3 /dev/root rw,errors=continue"
    assert kernel._mount(line) == kernel.Mount(
        "/run/with space", "ext3", "/dev/root", "rw,noatime", "shared+slave", "/"
    )
    assert kernel._mount("1 0 0:1 / / rw - overlay overlay rw,lowerdir=/x").propagation == "private"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0100007F:0016", ("127.0.0.1", 22)),
        ("00000000000000000000000000000000:192B", ("[::]", 6443)),
        ("0000000000000000FFFF00000B035A0A:0016", ("[::ffff:10.90.3.11]", 22)),
    ],
)
def test_endpoints(text: str, expected: tuple[str, int]) -> None:
    assert kernel._endpoint(text) == expected


def test_a_setting_of_an_interface_with_a_dot(tmp_path: Path) -> None:
    folder = tmp_path / "net/ipv4/conf/eth0.100"
    folder.mkdir(parents=True)
    (folder / "rp_filter").write_text("2\n")
    assert kernel.sysctls(str(tmp_path)) == {"net.ipv4.conf.eth0/100.rp_filter": "2"}
    assert kernel.sysctl_path("net.ipv4.conf.eth0/100.rp_filter") == "/proc/sys/net/ipv4/conf/eth0.100/rp_filter"


@pytest.mark.parametrize(
    "name", ["system.slice", "user.slice", "machine.slice", "init.scope", "dev-hugepages.mount", "run-x.scope"]
)
def test_groups_of_systemd(name: str) -> None:
    assert kernel.SYSTEMD_GROUPS.match(name)


@pytest.mark.parametrize("name", ["kubepods", "kubepods.slice", "docker", "kubelet"])
def test_groups_of_others(name: str) -> None:
    assert not kernel.SYSTEMD_GROUPS.match(name)


ADDRESSES = """\
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: eth0    inet 10.0.0.5/24 metric 100 brd 10.0.0.255 scope global dynamic eth0\\       valid_lft 86000sec preferred_lft 1sec
2: eth0    inet6 2001:db8::1/64 scope global temporary dynamic \\       valid_lft 1sec preferred_lft 1sec
2: eth0    inet6 fe80::1/64 scope link tentative \\       valid_lft forever preferred_lft forever
3: tun0    inet 10.1.0.2 peer 10.1.0.1/32 scope global tun0\\       valid_lft forever preferred_lft forever
"""


def test_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "output", lambda *words: ADDRESSES)
    assert network.addresses() == {
        "lo inet 127.0.0.1/8": "scope host",
        "eth0 inet 10.0.0.5/24": "metric 100 brd 10.0.0.255 scope global",
        "eth0 inet6 fe80::1/64": "scope link",
        "tun0 inet 10.1.0.2": "peer 10.1.0.1/32 scope global",
    }


ROUTES = {
    "-4": """\
default via 10.0.0.1 dev eth0 proto dhcp src 10.0.0.5 metric 100
10.7.0.0/16 \\	nexthop via 10.0.0.2 dev eth0 weight 1 \\	nexthop via 10.0.0.3 dev eth0 weight 1 linkdown
local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1
broadcast 10.0.0.255 dev eth0 table local proto kernel scope link src 10.0.0.5
local 0.0.0.0/0 dev lo table 2004 scope host
""",
    "-6": """\
default via fe80::9 dev eth0 proto ra metric 1024 expires 1790sec hoplimit 64 pref medium
multicast ff00::/8 dev eth0 table local proto kernel metric 256 pref medium
""",
}


def test_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "output", lambda *words: ROUTES[words[2]])
    assert list(network.routes()) == [
        "4 default via 10.0.0.1 dev eth0 proto dhcp src 10.0.0.5 metric 100",
        "4 10.7.0.0/16 nexthop via 10.0.0.2 dev eth0 weight 1 nexthop via 10.0.0.3 dev eth0 weight 1",
        "4 local 0.0.0.0/0 dev lo table 2004 scope host",
        "6 default via fe80::9 dev eth0 proto ra metric 1024 hoplimit 64 pref medium",
    ]


def test_a_machine_without_ipv6_has_only_the_routes_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def output(*words: str) -> str:
        if "-6" in words:
            raise Unavailable("RTNETLINK answers: Operation not supported")
        return "0:\tfrom all lookup local\n" if "rule" in words else "default via 10.0.0.1 dev eth0\n"

    monkeypatch.setattr(network, "output", output)
    assert list(network.routes()) == ["4 default via 10.0.0.1 dev eth0"]
    assert list(network.rules()) == ["4 0: from all lookup local"]


def test_links(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [
        {"ifname": "eth0", "link_type": "ether", "mtu": 1500, "flags": ["BROADCAST", "UP"], "address": "02:00:00:00:00:01",
         "xdp": {"mode": 2, "prog": {"id": 7, "name": "cil_xdp"}}},
        {"ifname": "v0", "linkinfo": {"info_kind": "veth"}, "mtu": 1400, "flags": [], "address": "x", "master": "br0"},
    ]  # fmt: skip
    monkeypatch.setattr(network, "output", lambda *words: json.dumps(listed))
    assert network.links() == {
        "eth0": "kind=ether mtu=1500 state=up mac=02:00:00:00:00:01 master=- xdp=cil_xdp",
        "v0": "kind=veth mtu=1400 state=down mac=x master=br0 xdp=-",
    }


SAVE = """\
# Generated by iptables-save v1.8.9 (nf_tables)
*filter
:INPUT ACCEPT [12:3456]
:KUBE-FIREWALL - [0:0]
-A INPUT -s 1.2.3.4/32 -j DROP
-A INPUT -s 1.2.3.4/32 -j DROP
-A INPUT -m comment --comment "a b" -j KUBE-FIREWALL
COMMIT
# Completed
"""


def test_iptables() -> None:
    assert packetfilter.parse_save(SAVE, "ip nft") == {
        "ip nft filter INPUT": "ACCEPT",
        "ip nft filter KUBE-FIREWALL": "-",
        "ip nft filter INPUT -s 1.2.3.4/32 -j DROP": "2",
        'ip nft filter INPUT -m comment --comment "a b" -j KUBE-FIREWALL': "1",
    }


def test_base_chains_that_iptables_only_imagines_are_left_out() -> None:
    entries = {"ip nft filter INPUT": "ACCEPT", "ip nft filter FORWARD": "ACCEPT", "ip nft filter INPUT -j DROP": "1"}
    objects = [{"chain": {"family": "ip", "table": "filter", "name": "INPUT"}}]
    assert list(packetfilter.without_imagined_chains(entries, objects)) == [
        "ip nft filter INPUT",
        "ip nft filter INPUT -j DROP",
    ]
    legacy = {"ip legacy filter FORWARD": "DROP"}
    assert packetfilter.without_imagined_chains(legacy, objects) == legacy


def test_a_used_table_of_the_old_interface_without_effect_is_nothing() -> None:
    text = "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT DROP [0:0]\nCOMMIT\n"
    assert packetfilter.parse_save(text, "ip legacy") == {"ip legacy nat INPUT": "DROP"}


def test_nft_leaves_out_counters_handles_and_what_traffic_fills() -> None:
    def listed(packets: int, handle: int, elements: list[str]) -> list[dict[str, object]]:
        where = {"family": "inet", "table": "t"}
        expressions = [{"counter": {"packets": packets, "bytes": 9}}, {"drop": None}]
        return [
            {"metainfo": {"version": "1.0.6"}},
            {"table": {"family": "inet", "name": "t", "handle": handle}},
            {
                "set": {
                    **where,
                    "name": "seen",
                    "handle": 2,
                    "type": "ipv4_addr",
                    "flags": ["dynamic"],
                    "elem": elements,
                }
            },
            {"chain": {**where, "name": "c", "handle": handle + 1}},
            {"rule": {**where, "chain": "c", "handle": handle + 2, "expr": expressions}},
            {"rule": {**where, "chain": "c", "handle": handle + 3, "expr": expressions}},
            {"table": {"family": "ip", "name": "filter", "handle": 9}},
        ]

    first = packetfilter.parse_ruleset(listed(1, 5, []), {("ip", "filter")})
    assert first == packetfilter.parse_ruleset(listed(7, 50, ["1.1.1.1"]), {("ip", "filter")})
    assert [key.split(" ")[0] for key in first] == ["table", "set", "chain", "rule"]
    assert next(reversed(first.values())) == "2"


def test_units(monkeypatch: pytest.MonkeyPatch) -> None:
    files = "a.service enabled enabled\nb.service disabled enabled\nc@.service static -\n"
    loaded = (
        "a.service loaded active running A\nb.service loaded failed failed B\nd.service not-found inactive dead d\n"
        "e.service not-found failed failed e\n"
    )
    monkeypatch.setattr(system, "output", lambda *words: files if "list-unit-files" in words else loaded)
    assert system.units() == {
        "a.service": "enabled active",
        "b.service": "disabled failed",
        "c@.service": "static inactive",
        "e.service": "transient failed",
    }


def test_accounts_show_no_password(tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")
    (etc / "shadow").write_text("root:$y$secret:19000:0:99999:7:::\n")
    (etc / "group").write_text("wheel:x:10:root\n")
    first = system.accounts(str(tmp_path))
    assert first["user root"].startswith("0:0 /root /bin/bash password ")
    assert "secret" not in str(first)
    assert first["group wheel"] == "10 root"
    (etc / "shadow").write_text("root:$y$other:19000:0:99999:7:::\n")
    assert system.accounts(str(tmp_path)) != first


def test_packages_of_dpkg(tmp_path: Path) -> None:
    status = tmp_path / "var/lib/dpkg/status"
    status.parent.mkdir(parents=True)
    status.write_text(
        "Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2-3\nDescription: x\n Version: no\n\n"
        "Package: b\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 1\n"
    )
    assert system.packages(str(tmp_path)) == {"a:amd64": "1:2-3"}


def test_packages_of_rpm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "has", lambda program: program == "rpm")
    monkeypatch.setattr(system, "output", lambda *words: "b.x86_64 0:1-1.el9\na.noarch (none):2-1\n")
    assert system.packages(str(tmp_path)) == {"a.noarch": "(none):2-1", "b.x86_64": "0:1-1.el9"}
    monkeypatch.setattr(system, "has", lambda program: False)
    with pytest.raises(Unavailable):
        system.packages(str(tmp_path))
