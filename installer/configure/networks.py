"""Choosing address ranges that collide with nothing on any node."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, ip_address, ip_network

from installer.checks.families.network import taken_networks
from installer.common.errors import InvalidInput
from installer.common.text import Text
from installer.models.facts import NodeFacts

# What Kubernetes' own documentation uses comes first: people recognise it.
POD, SERVICE = IPv4Network("10.244.0.0/16"), IPv4Network("10.96.0.0/16")
# Private ranges of RFC 1918, then the shared one of RFC 6598, which sites rarely route.
PRIVATE = [IPv4Network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")]


def taken(nodes: Iterable[NodeFacts]) -> set[IPv4Network]:
    """Every IPv4 network that any node uses: its addresses, routes, DNS servers, proxies, and the node's own address."""
    result = set()
    for node in nodes:
        proxies = [value.rpartition("//")[2].rpartition("@")[2].partition(":")[0] for value in node.proxies.values()]
        for text in (*taken_networks(node), node.node.address, *proxies):
            try:
                network = ip_network(text, strict=False)
            except ValueError:
                continue  # a name
            if isinstance(network, IPv4Network) and not ip_address(network.network_address).is_loopback:
                result.add(network)
    return result


def choose(first: IPv4Network, used: set[IPv4Network]) -> IPv4Network:
    """`first`, or the first /16 of the private ranges, that overlaps nothing in `used`.

    Raises:
        InvalidInput: every private range is in use.
    """
    # From the end of each range: the beginnings are what people take by hand.
    others = (n for private in PRIVATE for n in reversed(list(private.subnets(new_prefix=first.prefixlen))))
    for candidate in (first, *others):
        if not any(candidate.overlaps(network) for network in used):
            return candidate
    raise InvalidInput(
        Text(en="every private address range is in use on some node", zh="所有私有网段都已被某个节点占用"),
        why=Text.same(", ".join(sorted(str(n) for n in used if n.prefixlen <= 16))),
        fix=Text(
            en="name ranges that the cluster may have: --pod-network and --service-network",
            zh="请指定集群可用的网段：--pod-network 和 --service-network",
        ),
    )
