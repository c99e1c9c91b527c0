"""Sections iptables and nft: every chain and every rule is a key, so that ours can be taken out beside the customer's.

iptables: `ip nft filter INPUT` → policy; `ip nft filter INPUT -p tcp -j DROP` → how often. `nft` or `legacy` is the
variant of the tool, for both can be in use on one machine.
nft: `table ip x`, `chain ip x c`, `set ip x s` → JSON of the rest; `rule ip x c [JSON of its expressions]` → how often.
Keys stand in the order of the rules. Counters of packets and bytes are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from .shell import Unavailable, has, output

PROTOCOLS = {"ip": "iptables", "ip6": "ip6tables"}

BUILT_IN = {"INPUT", "OUTPUT", "FORWARD", "PREROUTING", "POSTROUTING"}


class Tool(NamedTuple):
    """One variant of iptables for one protocol: `iptables-nft` + `-save`, `-restore`."""

    protocol: str
    variant: str
    program: str


def tools() -> list[Tool]:
    """The variants that this machine has."""
    found = []
    for protocol, name in PROTOCOLS.items():
        variants = [v for v in ("nft", "legacy") if has(f"{name}-{v}-save")]
        found += [Tool(protocol, variant, f"{name}-{variant}") for variant in variants]
        if not variants and has(f"{name}-save"):
            variant = "nft" if "nf_tables" in output(name, "--version") else "legacy"
            found.append(Tool(protocol, variant, name))
    return found


def iptables() -> dict[str, str]:
    available = tools()
    if not available:
        raise Unavailable("iptables is not installed")
    found: dict[str, str] = {}
    for tool in available:
        if tool.variant == "nft" or _legacy_tables(tool.protocol):
            found.update(parse_save(output(f"{tool.program}-save"), f"{tool.protocol} {tool.variant}"))
    return without_imagined_chains(found, nft_objects()) if has("nft") else found


def without_imagined_chains(entries: dict[str, str], objects: list[dict[str, Any]]) -> dict[str, str]:
    """Without the base chains that iptables-nft prints although nobody has made them yet."""
    chains = [one["chain"] for one in objects if "chain" in one]
    real = {f"{chain['family']} nft {chain['table']} {chain['name']}" for chain in chains}
    return {
        key: value for key, value in entries.items() if key in real or key.split(" ")[1] != "nft" or key.count(" ") > 3
    }


def _legacy_tables(protocol: str) -> bool:
    """Whether the old kernel interface is in use at all; asking its tool would load its modules."""
    try:
        with open(f"/proc/net/{protocol}_tables_names", encoding="ascii") as file:
            return bool(file.read().strip())
    except OSError:
        return False


def parse_save(text: str, prefix: str) -> dict[str, str]:
    """The output of `iptables-save` as keys."""
    found: dict[str, str] = {}
    table = ""
    legacy = prefix.endswith(" legacy")
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(":"):
            chain, policy = line[1:].split(" ")[:2]
            # The old interface cannot give up a table once used; without rules and a policy it does nothing.
            if not (legacy and chain in BUILT_IN and policy == "ACCEPT"):
                found[f"{prefix} {table} {chain}"] = policy
        elif line.startswith("-A "):
            key = f"{prefix} {table} {line[3:]}"
            found[key] = str(int(found.get(key, "0")) + 1)
    return found


def iptables_tables() -> set[tuple[str, str]]:
    """Tables of nftables that iptables-nft made and understands: the section nft leaves them out."""
    owned = set()
    for tool in tools():
        if tool.variant == "nft":
            text = output(f"{tool.program}-save")
            owned |= {(tool.protocol, name) for name in re.findall(r"^\*(\S+)", text, re.MULTILINE)}
    return owned


def nft() -> dict[str, str]:
    if not has("nft"):
        raise Unavailable("nft is not installed")
    return parse_ruleset(nft_objects(), iptables_tables())


def nft_objects() -> list[dict[str, Any]]:
    """What `nft -j list ruleset` lists, each object as {kind: fields}."""
    listed: list[dict[str, Any]] = json.loads(output("nft", "-j", "list", "ruleset") or '{"nftables": []}')["nftables"]
    return listed


def parse_ruleset(objects: list[dict[str, Any]], leave_out: set[tuple[str, str]]) -> dict[str, str]:
    """The output of `nft -j list ruleset` as keys."""
    found: dict[str, str] = {}
    for key, value, _ in keyed(objects, leave_out):
        found[key] = str(int(found.get(key, "0")) + 1) if key.startswith("rule ") else value
    return found


def keyed(objects: list[dict[str, Any]], leave_out: set[tuple[str, str]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Key, value and the object itself (with its handle) of each."""
    for one in objects:
        ((kind, fields),) = one.items()
        if kind == "metainfo":
            continue
        family = fields["family"]
        table = fields["name"] if kind == "table" else fields["table"]
        if (family, table) in leave_out:
            continue
        if kind == "rule":
            rest = {k: v for k, v in fields.items() if k in ("expr", "comment")}
            yield f"rule {family} {table} {fields['chain']} {_plain(rest)}", "1", one
        elif kind == "table":
            yield f"table {family} {table}", "{}", one
        else:
            rest = {k: v for k, v in fields.items() if k not in ("family", "table", "name", "handle")}
            if "timeout" in rest.get("flags", []) or "dynamic" in rest.get("flags", []):
                rest.pop("elem", None)  # filled and emptied by the traffic
            yield f"{kind} {family} {table} {fields['name']}", _plain(rest), one


def _plain(value: Any) -> str:
    return json.dumps(_without_counts(value), sort_keys=True)


def _without_counts(value: Any) -> Any:
    if isinstance(value, dict):
        cleaned = {k: _without_counts(v) for k, v in value.items()}
        if isinstance(cleaned.get("counter"), dict):
            cleaned["counter"] = {"packets": 0, "bytes": 0}
        return cleaned
    return [_without_counts(one) for one in value] if isinstance(value, list) else value
