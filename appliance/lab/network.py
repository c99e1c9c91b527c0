"""A subnet for a lab that collides with nothing the machine knows."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from ipaddress import IPv4Network

from appliance.lab.podman import query
from installer.common.errors import SlipwayError
from installer.common.text import Text


def free_subnet(taken: Iterable[IPv4Network]) -> IPv4Network:
    """The first /24 of 10.90.0.0/16 that overlaps none of `taken`.

    Away from what Kubernetes uses by default (10.96.0.0/12 for services, 10.244.0.0/16 for pods).

    Raises:
        SlipwayError: none is free.
    """
    taken = list(taken)
    for candidate in IPv4Network("10.90.0.0/16").subnets(new_prefix=24):
        if not any(candidate.overlaps(other) for other in taken):
            return candidate
    raise SlipwayError(
        Text(en="no free subnet for a lab in 10.90.0.0/16", zh="10.90.0.0/16 中没有可供实验机使用的空闲子网"),
        fix=Text(en="take labs down (`slipway lab list`)", zh="拆除不用的实验机（`slipway lab list`）"),
    )


def taken_subnets() -> list[IPv4Network]:
    """Every IPv4 network that this machine has an address in, a route to, or a podman network for."""
    routes = json.loads(_ip("route", "show", "table", "all"))
    links = json.loads(_ip("address"))
    texts = [route["dst"] for route in routes]
    texts += [f"{a['local']}/{a['prefixlen']}" for link in links for a in link.get("addr_info", [])]
    texts += [subnet["subnet"] for network in query("network", "ls") for subnet in network.get("subnets") or []]
    return parse_networks(texts)


def parse_networks(texts: Iterable[str]) -> list[IPv4Network]:
    """The IPv4 networks among what `ip` and podman print; the default route is none."""
    found = []
    for text in texts:
        try:
            network = IPv4Network(text, strict=False)
        except ValueError:  # IPv6, or a word like `default`
            continue
        if network.prefixlen:
            found.append(network)
    return found


def _ip(*arguments: str) -> str:
    return subprocess.run(["ip", "-4", "-j", *arguments], capture_output=True, text=True, check=True).stdout or "[]"
