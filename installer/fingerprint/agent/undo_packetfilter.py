"""Putting back packet filters: only what is new goes, only what is gone comes; nothing of the customer's is flushed.

Each table is changed in one transaction of the tool itself. When that is refused as a whole (a rule of somebody else's
uses one of our chains, say), its lines are tried one by one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from . import packetfilter
from .compare import ORDER, Difference
from .shell import change, has
from .work import Work


def restore_iptables(work: Work) -> None:
    todo = _in_place(work, "iptables")
    if not todo:
        return
    for tool in packetfilter.tools():
        prefix = f"{tool.protocol} {tool.variant} "
        mine = [d for d in todo if d.key.startswith(prefix)]
        for table in dict.fromkeys(d.key.split(" ")[2] for d in mine):
            wanted = [d for d in mine if d.key.split(" ")[2] == table]
            listed = work.now.sections["iptables"].items()
            now = [
                k for k, v in listed if k.startswith(f"{prefix}{table} ") for _ in range(int(v) if v.isdigit() else 1)
            ]
            before = list(work.before.sections["iptables"])
            if tool.variant == "nft" and has("nft") and {d.key for d in wanted if d.before is None} == set(now):
                reason = change("nft", "delete", "table", tool.protocol, table)  # all of it is new: the table goes
            else:
                reason = _apply(tool.program, table, iptables_lines(f"{prefix}{table} ", wanted, before, now))
                if tool.variant == "nft":
                    _drop_empty_chains(tool.protocol, table, wanted)
            for difference in wanted:
                work.note(difference, reason)


def _in_place(work: Work, section: str) -> list[Difference]:
    """The differences but those in order only: moving a rule that is there would leave it out for a moment."""
    for difference in work.of(section):
        if difference.key.endswith(ORDER):
            work.note(difference, "the rules are the same, in another order; they are not moved")
    return [difference for difference in work.of(section) if not difference.key.endswith(ORDER)]


def _apply(program: str, table: str, lines: list[str]) -> str:
    if not lines:
        return ""
    text = "\n".join([f"*{table}", *lines, "COMMIT", ""])
    if not change(f"{program}-restore", "--noflush", text=text):
        return ""
    reasons = [change(f"{program}-restore", "--noflush", text=f"*{table}\n{line}\nCOMMIT\n") for line in lines]
    return "; ".join(reason for reason in reasons if reason)[-400:]


def iptables_lines(prefix: str, wanted: list[Difference], before: list[str], now: list[str]) -> list[str]:
    """The lines for iptables-restore that bring one table from `now` to `before`, as far as `wanted` says.

    Args:
        prefix: of the table's keys: `ip nft filter `.
        before: all keys of the section as they were, in the order of the rules.
        now: the table's keys, in the order of the rules.
    """
    of_chain = {d.key[len(prefix) :]: d for d in wanted if " " not in d.key[len(prefix) :]}
    rules = [d for d in wanted if " " in d.key[len(prefix) :]]
    new_rules = {d.key for d in rules if d.before is None}
    dying = [
        chain
        for chain, difference in of_chain.items()
        if difference.before is None
        and difference.after == "-"
        and all(key in new_rules for key in now if key.startswith(f"{prefix}{chain} "))
    ]
    made = [f":{chain} - [0:0]" for chain, d in of_chain.items() if d.after is None and d.before == "-"]
    policies = [f"-P {chain} {d.before}" for chain, d in of_chain.items() if d.before not in (None, "-")]
    policies += [f"-P {chain} ACCEPT" for chain, d in of_chain.items() if d.before is None and d.after == "DROP"]
    deleted = [
        f"-D {d.key[len(prefix) :]}"
        for d in rules
        if d.key[len(prefix) :].split(" ")[0] not in dying
        for _ in range(int(d.after or 0) - int(d.before or 0))
    ]
    chains: dict[str, list[str]] = {}
    for key in now:
        if key.startswith(prefix) and " " in key[len(prefix) :] and key not in new_rules:
            chains.setdefault(key[len(prefix) :].split(" ")[0], []).append(key)
    missing = {d.key: int(d.before or 0) - int(d.after or 0) for d in rules if int(d.before or 0) > int(d.after or 0)}
    inserted = list(_insertions(prefix, [key for key in before if key.startswith(prefix)], chains, missing))
    flushed = [f"-F {chain}" for chain in dying]
    removed = [f"-X {chain}" for chain in dying]
    return [*made, *policies, *deleted, *flushed, *removed, *inserted]


def _insertions(prefix: str, before: list[str], chains: dict[str, list[str]], missing: dict[str, int]) -> Iterator[str]:
    """Each missing rule right behind the nearest rule that stood before it and is still there."""
    last: dict[str, str] = {}
    for key in before:
        chain, _, words = key[len(prefix) :].partition(" ")
        if not words:
            continue
        there = chains.setdefault(chain, [])
        for _ in range(missing.get(key, 0)):
            position = there.index(last[chain]) + 1 if last.get(chain) in there else 0
            there.insert(position, key)
            yield f"-I {chain} {position + 1} {words}"
        last[chain] = key


def _drop_empty_chains(protocol: str, table: str, wanted: Iterable[Difference]) -> None:
    """Base chains that iptables-nft made by being used: gone again when nothing is in them."""
    if has("nft"):
        for difference in wanted:
            chain = difference.key.split(" ")[3]
            if difference.before is None and difference.after not in (None, "-") and " -" not in difference.key:
                change("nft", "delete", "chain", protocol, table, chain)  # refused while a rule is in it


def restore_nft(work: Work) -> None:
    """One JSON transaction that removes by handle what is new, then adds what is gone."""
    todo = _in_place(work, "nft")
    if not todo:
        return
    present = list(packetfilter.keyed(packetfilter.nft_objects(), packetfilter.iptables_tables()))
    commands = nft_commands(todo, list(work.before.sections["nft"].items()), present)
    reason = _nft(commands)
    if reason:
        reasons = [_nft([command]) for command in commands]
        reason = "; ".join(one for one in reasons if one)[-400:]
    for difference in todo:
        work.note(difference, reason)


def _nft(commands: list[dict[str, Any]]) -> str:
    return change("nft", "-j", "-f", "-", text=json.dumps({"nftables": commands})) if commands else ""


RANK = {"rule": 0, "chain": 2, "table": 3}
"""What is used by what: a rule uses sets, maps and the like (1), a map uses chains, all are in a table. Removed in this
order, added in the reverse."""


def nft_commands(
    todo: list[Difference], before: list[tuple[str, str]], present: list[tuple[str, str, dict[str, Any]]]
) -> list[dict[str, Any]]:
    """The commands that bring the rule set back, as far as `todo` says.

    Args:
        before: all keys and values of the section as they were, in the order of the rules.
        present: key, value and object of everything there is now.
    """
    differing = {d.key: d for d in todo}
    new = {key for key, d in differing.items() if d.before is None}
    standing = [key for key, _, _ in present if key not in new]
    removals = sorted(_removals(differing, present, standing), key=lambda pair: pair[0])
    additions = sorted(_additions(differing, before, standing), key=lambda pair: -pair[0])
    return [command for _, command in (*removals, *additions)]


def _removals(
    differing: dict[str, Difference], present: list[tuple[str, str, dict[str, Any]]], standing: list[str]
) -> Iterator[tuple[int, dict[str, Any]]]:
    excess = {key: int(d.after or 0) - int(d.before or 0) for key, d in differing.items() if key.startswith("rule ")}
    for key, _, one in reversed(present):
        ((kind, fields),) = one.items()
        if kind == "rule" and excess.get(key, 0) > 0:
            excess[key] -= 1
            yield 0, {"delete": {"rule": {name: fields[name] for name in ("family", "table", "chain", "handle")}}}
        elif kind != "rule" and key in differing and key not in standing and differing[key].before is None:
            where = {name: fields[name] for name in ("family", "table", "name") if name in fields}
            inside = f" {fields['family']} {fields['name']} "
            if kind == "table" and any(inside in f"{other} " for other in standing):
                continue  # somebody else put something into our table
            yield RANK.get(kind, 1), {"delete": {kind: where}}


def _additions(
    differing: dict[str, Difference], before: list[tuple[str, str]], standing: list[str]
) -> Iterator[tuple[int, dict[str, Any]]]:
    last: dict[str, str] = {}
    for key, value in before:
        kind, family, table = key.split(" ")[:3]
        difference = differing.get(key)
        if kind == "rule":
            chain = " ".join(key.split(" ", 4)[1:4])
            for _ in range(int(value) - int(difference.after or 0) if difference else 0):
                yield 0, _rule_command(key, chain, standing, last.get(chain))
            last[chain] = key
        elif difference is not None:
            where = {"family": family, "name": table} if kind == "table" else {"family": family, "table": table}
            name = {} if kind == "table" else {"name": key.split(" ")[3]}
            yield RANK.get(kind, 1), {"add": {kind: {**json.loads(value), **where, **name}}}


def _rule_command(key: str, chain: str, standing: list[str], behind: str | None) -> dict[str, Any]:
    """Add a rule behind another one of its chain, or first; note in `standing` where it stands now."""
    family, table, name = chain.split(" ")
    rule = {"family": family, "table": table, "chain": name, **json.loads(key.split(" ", 4)[4])}
    in_chain = [other for other in standing if other.startswith(f"rule {chain} ")]
    if behind in in_chain:
        standing.insert(standing.index(behind) + 1, key)
        return {"add": {"rule": {**rule, "index": in_chain.index(behind)}}}
    standing.insert(standing.index(in_chain[0]) if in_chain else len(standing), key)
    return {"insert": {"rule": rule}}
