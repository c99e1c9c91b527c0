"""Between nodes: do they reach one another, on every port that the cluster needs, with one packet size."""

from __future__ import annotations

from collections import Counter

from installer.checks.needs import Needs
from installer.checks.registry import Found, ok, site_check
from installer.common.text import Text
from installer.models.facts import Facts, Seen

LATENCY = 0.05


@site_check("network.reachable", Text(en="every node reaches every other", zh="节点之间互相可达"))
def reachable(facts: Facts, needs: Needs) -> Found | list[Found]:
    """Each node opens a TCP connection to the SSH port of each other one (not to the local machine, which needs no SSH
    server). Warn over 50 ms: etcd's heartbeat is 100 ms (its tuning guide: round trip times under it)."""
    results = []
    asked = [n for n in facts.nodes if n.node.name in facts.reachability]
    for node in asked:
        trips = facts.reachability[node.node.name]
        silent = [n.node.name for n in facts.nodes if n.node.ssh and n is not node and n.node.name not in trips]
        slow = {name: trip for name, trip in trips.items() if trip > LATENCY}
        if silent:
            results.append(
                Found(
                    "fail",
                    Text(en=f"does not reach {', '.join(silent)}", zh=f"无法连接 {'、'.join(silent)}"),
                    Seen(command="TCP connect, SSH port", output="\n".join(f"{name}: no answer" for name in silent)),
                    Text(
                        en="The nodes of a cluster talk to one another all the time.", zh="集群节点之间需要不断通信。"
                    ),
                    Text(
                        en="look for a firewall, a missing route or a wrong netmask between them",
                        zh="请检查它们之间的防火墙、路由和子网掩码",
                    ),
                    node=node.node.name,
                )
            )
        elif slow:
            listed = ", ".join(f"{name} {trip * 1000:.0f} ms" for name, trip in slow.items())
            results.append(
                Found(
                    "warn",
                    Text(en=f"slow to reach: {listed}", zh=f"延迟较高：{listed}"),
                    Seen(command="TCP connect, SSH port", output=listed),
                    Text(en="etcd and distributed training need a local network.", zh="etcd 和分布式训练需要局域网。"),
                    Text(en="put the nodes into one local network", zh="请将节点放在同一局域网内"),
                    node=node.node.name,
                )
            )
    return results or ok(Text(en="every node reaches every other", zh="节点之间互相可达"))


@site_check(
    "network.filtered",
    Text(en="nothing between the nodes swallows the cluster's ports", zh="节点之间的集群端口未被拦截"),
)
def filtered(facts: Facts, needs: Needs) -> Found | list[Found]:
    """Each node knocks at the cluster's TCP ports on each other one. Refused is good: the packet went there and back, and
    only nobody listens yet. No answer, or 'prohibited', is a firewall's doing."""
    results = []
    for source, targets in facts.filtered.items():
        reached = facts.reachability.get(source, {})
        closed = {name: ports for name, ports in targets.items() if name in reached and ports}
        if not closed:
            continue
        listed = "; ".join(f"{name}: {', '.join(map(str, ports))}" for name, ports in closed.items())
        results.append(
            Found(
                "fail",
                Text(en=f"ports without an answer on {listed}", zh=f"端口无应答：{listed}"),
                Seen(command="TCP connect", output=listed),
                Text(
                    en="A firewall on those nodes or between them swallows the packets.",
                    zh="这些节点上或之间的防火墙丢弃了数据包。",
                ),
                Text(
                    en="open these TCP ports between all nodes, and UDP 8472",
                    zh="请在所有节点之间放行这些 TCP 端口以及 UDP 8472",
                ),
                node=source,
            )
        )
    return results or ok(Text(en="no port is swallowed", zh="没有端口被拦截"))


@site_check("network.mtu", Text(en="the nodes' interfaces agree in MTU", zh="各节点网卡 MTU 一致"))
def mtu(facts: Facts, needs: Needs) -> Found | list[Found]:
    """A larger packet from one node is dropped silently by another: connections then hang when they carry much. Under 1280
    there is no room for IPv6, and little after VXLAN's 50 bytes."""
    known = {n.node.name: n.own_interface.mtu for n in facts.nodes if n.own_interface}
    if len(set(known.values())) <= 1:
        return ok(Text.same(f"MTU {next(iter(known.values()))}") if known else Text(en="one node", zh="单节点"))
    usual = Counter(known.values()).most_common(1)[0][0]
    return [
        Found(
            "warn",
            Text(en=f"the MTU is {size}, of others {usual}", zh=f"MTU 为 {size}，其他节点为 {usual}"),
            "addresses",
            Text(en="Large packets are lost without a word: small requests work, large ones hang.", zh="大数据包会被静默丢弃：小请求正常，大请求卡住。"),
            Text(en=f"set the MTU to one value on all nodes (here to {usual})", zh=f"请在所有节点上使用相同的 MTU（此处为 {usual}）"),
            node=name,
        )
        for name, size in known.items()
        if size != usual
    ]  # fmt: skip


@site_check(
    "network.packet-size", Text(en="full-size packets pass between the nodes", zh="节点之间可传输最大尺寸的数据包")
)
def packet_size(facts: Facts, needs: Needs) -> Found | list[Found]:
    """Each node pings the others with packets of its interface's MTU that must not be split (ping -M do), and small ones to
    compare: a switch or tunnel on the way with a smaller MTU passes only these."""
    results = [
        Found(
            "fail",
            Text(en=f"only small packets reach {', '.join(targets)}", zh=f"只有小数据包能到达 {'、'.join(targets)}"),
            Seen(command="ping -c 1 -M do -s $((MTU - 28))", output="\n".join(f"{t}: no answer" for t in targets)),
            Text(en="Something on the way has a smaller MTU: small requests work, large ones hang.", zh="途中某处 MTU 较小：小请求正常，大请求卡住。"),
            Text(
                en="set the MTU of the nodes' interfaces to what the network between them carries, or raise it in the switches",
                zh="请将节点网卡 MTU 调到途中网络支持的值，或调大交换机的 MTU",
            ),
            node=source,
        )
        for source, targets in facts.small_packets_only.items()
        if targets
    ]  # fmt: skip
    return results or ok(Text(en="full-size packets pass", zh="最大尺寸的数据包可以通过"))
