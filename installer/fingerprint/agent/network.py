"""Sections of the network: links, addresses, routes, rules, qdiscs (with their filters)."""

from __future__ import annotations

import json
import re
from typing import Any

from .shell import Unavailable, has, output

FAMILIES = ("4", "6")

_UNSTEADY_ADDRESS = re.compile(r"\b(temporary|tentative|dadfailed|deprecated|secondary|dynamic|noprefixroute)\b ?")
_UNSTEADY_ROUTE = re.compile(r" (?:expires -?\d+sec|linkdown|dead|offload|trap|rt_trap|error -?\d+|users \d+)\b")
_DERIVED_ROUTE = re.compile(r"(local|broadcast|anycast|multicast) .*\btable local\b|ff00::/8 |multicast ff00::/8 ")
"""Routes that the kernel keeps by itself for each address."""


def links() -> dict[str, str]:
    """Link → kind, mtu, up or down, hardware address, master, and the program in its driver (XDP)."""
    return {link["ifname"]: _link(link) for link in json.loads(output("ip", "-j", "-d", "link", "show") or "[]")}


def _link(link: dict[str, Any]) -> str:
    kind = link.get("linkinfo", {}).get("info_kind", link.get("link_type", "?"))
    up = "up" if "UP" in link.get("flags", []) else "down"
    xdp = (link.get("xdp", {}).get("prog") or {}).get("name") or ("attached" if link.get("xdp") else "-")
    return f"kind={kind} mtu={link.get('mtu')} state={up} mac={link.get('address', '-')} master={link.get('master', '-')} xdp={xdp}"


def addresses() -> dict[str, str]:
    """`eth0 inet 10.0.0.5/24` → broadcast address and scope; without those that IPv6 makes up and forgets by itself."""
    found = {}
    for line in output("ip", "-o", "address", "show").splitlines():
        match = re.match(r"\d+: (\S+)\s+(inet6?) (.*?)\s*(?:\\|$)", line)
        if match and " temporary" not in line:
            address, _, rest = match[3].partition(" ")
            rest = _UNSTEADY_ADDRESS.sub("", rest).strip()
            found[f"{match[1]} {match[2]} {address}"] = re.sub(rf" {re.escape(match[1])}$", "", rest)
    return found


def routes() -> dict[str, str]:
    """`4 default via 10.0.0.1 dev eth0`, of all tables: the words that `ip route` takes."""
    return {f"{family} {line}": "present" for family in FAMILIES for line in _routes(family)}


def _routes(family: str) -> list[str]:
    try:
        text = output("ip", "-o", f"-{family}", "route", "show", "table", "all")
    except Unavailable:
        if family == "6":  # switched off
            return []
        raise
    lines = (" ".join(_UNSTEADY_ROUTE.sub("", line).replace("\\", " ").split()) for line in text.splitlines())
    return [line for line in lines if line and not _DERIVED_ROUTE.match(line)]


def rules() -> dict[str, str]:
    """`4 32766: from all lookup main`, the rules by which a routing table is chosen."""
    found = {}
    for family in FAMILIES:
        try:
            text = output("ip", f"-{family}", "rule", "show")
        except Unavailable:
            if family == "6":
                continue
            raise
        found.update({f"{family} {' '.join(line.split())}": "present" for line in text.splitlines() if line.strip()})
    return found


def qdiscs() -> dict[str, str]:
    """`eth0 root fq_codel` → its options; `eth0 filter ingress pref 1 bpf NAME` for each filter."""
    if not has("tc"):
        raise Unavailable("tc is not installed")
    found = {}
    for qdisc in json.loads(output("tc", "-j", "qdisc", "show") or "[]"):
        place = "root" if qdisc.get("root") else f"parent {qdisc.get('parent', '-')}"
        device, kind = qdisc.get("dev", "-"), qdisc["kind"]
        found[f"{device} {place} {kind}"] = json.dumps(qdisc.get("options", {}), sort_keys=True)
        if kind in ("clsact", "ingress"):
            for side in ("ingress", "egress") if kind == "clsact" else ("ingress",):
                found.update(dict.fromkeys(_filters(device, side), "present"))
    return found


def _filters(device: str, side: str) -> list[str]:
    try:
        listed = json.loads(output("tc", "-j", "filter", "show", "dev", device, side) or "[]")
    except (Unavailable, ValueError):  # the link went away
        return []
    keys = []
    for one in listed:
        if one.get("options"):
            name = one["options"].get("bpf_name", "")
            keys.append(f"{device} filter {side} pref {one.get('pref')} {one.get('kind')} {name}".rstrip())
    return keys
