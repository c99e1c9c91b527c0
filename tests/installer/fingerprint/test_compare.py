"""Comparing two states, what is volatile, what a stage answers for, and the words for people."""

from __future__ import annotations

import pytest

from installer.fingerprint import Difference, Fingerprint, compare
from installer.fingerprint.agent import volatile
from installer.fingerprint.agent.compare import Difference as Raw
from installer.fingerprint.agent.compare import covered
from installer.fingerprint.agent.shell import pack, unpack
from installer.fingerprint.agent.state import SECTIONS as READ
from installer.fingerprint.texts import SECTIONS


def fingerprint(**sections: dict[str, str]) -> Fingerprint:
    return Fingerprint(label="x", taken_at="2026-01-01T00:00:00Z", sections=sections)


def test_new_gone_changed() -> None:
    before = fingerprint(files={"/a": "1", "/b": "1", "/same": "1"}, links={})
    after = fingerprint(files={"/b": "2", "/c": "1", "/same": "1"}, links={"lxc1": "up"})
    assert compare(before, after) == [
        Difference(section="files", key="/a", before="1", after=None),
        Difference(section="files", key="/b", before="1", after="2"),
        Difference(section="files", key="/c", before=None, after="1"),
        Difference(section="links", key="lxc1", before=None, after="up"),
    ]


def test_settings_that_come_with_a_module_or_a_link_are_no_difference_of_their_own() -> None:
    before = fingerprint(sysctls={"net.ipv4.ip_forward": "0"})
    after = fingerprint(sysctls={"net.ipv4.ip_forward": "1", "net.ipv4.conf.lxc1.forwarding": "1"})
    assert [d.key for d in compare(before, after)] == ["net.ipv4.ip_forward"]


def test_rules_in_another_order_differ_though_each_is_there() -> None:
    rules = [f"ip nft filter INPUT -s {n}.1.1.1 -j DROP" for n in (1, 2, 3)]
    before = fingerprint(iptables=dict.fromkeys(rules, "1"))
    moved = fingerprint(iptables=dict.fromkeys([rules[2], "ip nft filter INPUT -j KUBE-X", rules[0], rules[1]], "1"))
    assert [(d.key, d.after) for d in compare(before, moved)] == [
        ("ip nft filter INPUT -j KUBE-X", "1"),
        ("ip nft filter INPUT (order)", "3 1 2"),
    ]
    assert compare(before, Fingerprint.model_validate_json(before.model_dump_json())) == []


def test_a_section_that_one_side_could_not_tell_is_one_difference() -> None:
    told, not_told = fingerprint(nft={"table ip x": "{}"}), fingerprint(nft={"unavailable": "nft is not installed"})
    assert [d.key for d in compare(told, not_told)] == ["unavailable"]
    assert compare(not_told, not_told) == []
    assert "not installed" in compare(told, not_told)[0].text.zh


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("/etc/cni/**", "/etc/cni/net.d/05-cilium.conflist", True),
        ("/etc/cni/**", "/etc/cni", False),
        ("/usr/local/bin/kubelet", "/usr/local/bin/kubelet", True),
        ("/usr/local/bin/kubelet", "/usr/local/bin/kubelet2", False),
        ("*", "anything", True),
    ],
)
def test_patterns(pattern: str, key: str, expected: bool) -> None:
    assert covered({"files": [pattern]}, Raw("files", key, None, "x")) is expected
    assert not covered({"links": [pattern]}, Raw("files", key, None, "x"))


def test_every_section_has_a_name_in_both_languages() -> None:
    assert set(SECTIONS) == set(READ)


def test_every_difference_reads_in_both_languages() -> None:
    for before, after in ((None, "x"), ("x", None), ("x", "y")):
        text = Difference(section="mounts", key="/run/x", before=before, after=after, reason="it is busy").text
        for words in (text.en, text.zh):
            assert "/run/x" in words
            assert "it is busy" in words
        assert text.en != text.zh


def test_a_long_value_is_cut_for_people_only() -> None:
    difference = Difference(section="nft", key="rule " + "x" * 999, before=None, after="1")
    assert len(difference.text.en) < 250
    assert len(difference.key) > 999


def test_each_volatile_entry_has_a_known_section_and_a_reason() -> None:
    for section, pattern, reason in volatile.VOLATILE:
        assert section in READ
        assert pattern not in ("", "*")
        assert len(reason) > 5


def test_volatile_keys_are_left_out() -> None:
    read = {"/etc/adjtime": "x", "/etc/adjtime2": "x", "/etc/passwd-": "x"}
    assert volatile.steady("files", read) == {"/etc/adjtime2": "x"}
    assert volatile.steady("packages", {"a": "1"}) == {"a": "1"}
    groups = {"/system.slice/systemd-timedated.service": "running", "/system.slice/nginx.service": "running"}
    assert list(volatile.steady("processes", groups)) == ["/system.slice/nginx.service"]


def test_any_name_survives_the_way() -> None:
    names = [b"plain", "umläut".encode(), b"odd\xff\x80", b"new\nline", b'quo"te\\']
    sections = {name.decode("utf-8", "surrogateescape"): "x" for name in names}
    assert unpack(pack(sections)) == sections


def test_odd_names_are_valid_in_a_model() -> None:
    import gzip
    import json

    odd = b"/etc/odd\xff".decode("utf-8", "surrogateescape")
    travelled = json.loads(gzip.decompress(pack({odd: "x"})))
    saved = fingerprint(files=travelled).model_dump_json()
    again = Fingerprint.model_validate_json(saved).sections["files"]
    assert list(unpack(pack(again))) == [odd]
