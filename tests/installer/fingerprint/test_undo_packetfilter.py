"""Packet filters put back: ours out, theirs in place, in their order, beside what somebody added meanwhile."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from installer.fingerprint.agent.compare import Difference, differences
from installer.fingerprint.agent.packetfilter import keyed, parse_ruleset, parse_save
from installer.fingerprint.agent.undo_packetfilter import iptables_lines, nft_commands

PREFIX = "ip nft filter "
Chains = dict[str, list[str]]
"""Chain → its rules in order; INPUT is built in."""


def save(chains: Chains) -> dict[str, str]:
    lines = ["*filter", *(f":{name} {'ACCEPT' if name == 'INPUT' else '-'} [0:0]" for name in chains)]
    lines += [f"-A {name} {rule}" for name, rules in chains.items() for rule in rules]
    return parse_save("\n".join(lines), "ip nft")


def restore(chains: Chains, lines: list[str]) -> Chains:
    """What `iptables-restore --noflush` does with lines of one table; refuses what the tool refuses."""
    result = {name: list(rules) for name, rules in chains.items()}
    for line in lines:
        if line.startswith(":"):
            result.setdefault(line[1:].split(" ")[0], [])
            continue
        action, chain, *rest = line.split(" ", 2)
        if action == "-P":
            continue
        rules = result[chain]
        if action == "-D":
            rules.remove(rest[0])
        elif action == "-F":
            rules.clear()
        elif action == "-X":
            assert not rules, "a chain with rules cannot be deleted"
            jump = f"-j {chain}"
            assert not any(jump in rule for others in result.values() for rule in others), "the chain is in use"
            del result[chain]
        elif action == "-I":
            position, words = rest[0].split(" ", 1)
            assert 1 <= int(position) <= len(rules) + 1, "no such position"
            rules.insert(int(position) - 1, words)
    return result


def put_back(before: Chains, now: Chains, ours: str = "") -> Chains:
    """Undo the differences whose key has `ours` in it."""
    old, new = {"iptables": save(before)}, {"iptables": save(now)}
    wanted = [d for d in differences(old, new) if ours in d.key]
    listed = [key for key, value in new["iptables"].items() for _ in range(int(value) if value.isdigit() else 1)]
    return restore(now, iptables_lines(PREFIX, wanted, list(old["iptables"]), listed))


def test_ours_go_and_a_foreign_rule_of_meanwhile_stays() -> None:
    before = {"INPUT": ["-s 1.1.1.1 -j DROP"]}
    now = {
        "INPUT": ["-j KUBE-FIREWALL", "-s 1.1.1.1 -j DROP", "-s 6.6.6.6 -j f2b"],
        "KUBE-FIREWALL": ["-m mark -j DROP"],
        "f2b": ["-s 9.9.9.9 -j REJECT"],
    }
    assert put_back(before, now, "KUBE-") == {
        "INPUT": ["-s 1.1.1.1 -j DROP", "-s 6.6.6.6 -j f2b"],
        "f2b": ["-s 9.9.9.9 -j REJECT"],
    }


def test_a_chain_of_ours_with_a_foreign_rule_in_it_stays() -> None:
    now = {"INPUT": [], "KUBE-X": ["-j DROP", "-s 9.9.9.9 -j ACCEPT"]}
    old, new = {"iptables": save({"INPUT": []})}, {"iptables": save(now)}
    wanted = [d for d in differences(old, new) if "9.9.9.9" not in d.key]
    assert restore(now, iptables_lines(PREFIX, wanted, list(old["iptables"]), list(new["iptables"]))) == {
        "INPUT": [],
        "KUBE-X": ["-s 9.9.9.9 -j ACCEPT"],
    }


def test_a_policy_comes_back() -> None:
    difference = Difference("iptables", f"{PREFIX}FORWARD", "DROP", "ACCEPT")
    assert iptables_lines(PREFIX, [difference], [], []) == ["-P FORWARD DROP"]
    new = Difference("iptables", "ip legacy filter FORWARD", None, "DROP")  # ACCEPT, which is not recorded there
    assert iptables_lines("ip legacy filter ", [new], [], []) == ["-P FORWARD ACCEPT"]


RULES = st.lists(st.sampled_from([f"-s 10.0.0.{i} -j DROP" for i in range(6)]), unique=True, max_size=6)


@given(theirs=RULES, chain=RULES, kept=st.sets(st.integers(0, 5)), ours=RULES, places=st.lists(st.integers(0, 6), max_size=6))  # fmt: skip
def test_whatever_was_removed_or_added_comes_back_in_order(
    theirs: list[str], chain: list[str], kept: set[int], ours: list[str], places: list[int]
) -> None:
    before = {"INPUT": theirs, "CUST": chain}
    now: Chains = {"INPUT": [rule for i, rule in enumerate(theirs) if i in kept], "KUBE-X": list(ours)}
    for i, place in enumerate(places):
        now["INPUT"].insert(min(place, len(now["INPUT"])), f"-m mark --mark {i} -j KUBE-X")
    assert put_back(before, now) == before


def listing(tables: dict[str, dict[str, list[str]]]) -> list[dict[str, Any]]:
    """`nft -j list ruleset` of tables (family inet) → chains → rules, with handles."""
    objects: list[dict[str, Any]] = [{"metainfo": {}}]
    for table, chains in tables.items():
        objects.append({"table": {"family": "inet", "name": table, "handle": len(objects)}})
        where = {"family": "inet", "table": table}
        for chain, rules in chains.items():
            objects.append({"chain": {**where, "name": chain, "handle": len(objects)}})
            for rule in rules:
                objects.append({"rule": {**where, "chain": chain, "handle": len(objects), "expr": [{"comment": rule}]}})
    return objects


def commands(before: dict[str, dict[str, list[str]]], now: dict[str, dict[str, list[str]]], ours: str = "") -> Any:
    old, new = parse_ruleset(listing(before), set()), parse_ruleset(listing(now), set())
    todo = [d for d in differences({"nft": old}, {"nft": new}) if ours in d.key]
    return nft_commands(todo, list(old.items()), list(keyed(listing(now), set())))


def test_a_table_of_ours_goes_whole() -> None:
    theirs = {"theirs": {"input": ["a"]}}
    made = commands(theirs, {**theirs, "ours": {"c": ["x", "y"]}})
    assert [next(iter(command["delete"])) for command in made] == ["rule", "rule", "chain", "table"]
    assert {json.dumps(command["delete"]).count('"theirs"') for command in made} == {0}


def test_a_rule_of_ours_goes_by_its_handle() -> None:
    (command,) = commands({"t": {"c": ["a", "b"]}}, {"t": {"c": ["a", "ours", "b"]}})
    assert command["delete"]["rule"] == {"family": "inet", "table": "t", "chain": "c", "handle": 4}


def test_a_rule_that_is_gone_comes_back_behind_its_predecessor() -> None:
    (command,) = commands({"t": {"c": ["a", "b", "c"]}}, {"t": {"c": ["foreign", "a", "c"]}}, '"b"')
    assert command["add"]["rule"]["index"] == 1
    assert command["add"]["rule"]["expr"] == [{"comment": "b"}]
    (first,) = commands({"t": {"c": ["a", "b"]}}, {"t": {"c": ["b"]}})
    assert first["insert"]["rule"]["expr"] == [{"comment": "a"}]


def test_several_rules_come_back_around_one_that_stayed() -> None:
    made = commands({"t": {"c": ["a", "b", "c", "d"]}}, {"t": {"c": ["b"]}})
    places = [(next(iter(c)), next(iter(c.values()))["rule"].get("index")) for c in made]
    assert places == [("insert", None), ("add", 1), ("add", 2)]


def test_a_table_that_is_gone_is_made_before_what_is_in_it() -> None:
    made = commands({"t": {"c": ["a", "b"]}}, {})
    kinds = [next(iter(next(iter(command.values())))) for command in made]
    assert kinds == ["table", "chain", "rule", "rule"]
    assert [next(iter(command.values())).get("rule", {}).get("expr") for command in made[2:]] == [
        [{"comment": "a"}],
        [{"comment": "b"}],
    ]


def test_a_table_of_ours_with_a_foreign_chain_in_it_stays() -> None:
    now = listing({"ours": {"c": ["x"], "foreign": []}})
    todo = [d for d in differences({"nft": {}}, {"nft": parse_ruleset(now, set())}) if "foreign" not in d.key]
    made = nft_commands(todo, [], list(keyed(now, set())))
    assert [next(iter(command["delete"])) for command in made] == ["rule", "chain"]
