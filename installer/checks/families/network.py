"""The network of single nodes: address, routes, names, proxies."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from installer.checks.needs import Needs
from installer.checks.registry import Found, node_check, ok
from installer.common.text import Text
from installer.models.facts import NodeFacts, Seen

MAX_NAMESERVERS = 3


@node_check("network.address", Text(en="the node's address is on one of its interfaces", zh="节点地址在其网卡上"))
def address(node: NodeFacts, needs: Needs) -> Found:
    """Cluster members announce this address; behind address translation the others could not reach it."""
    wanted = node.node.address
    holders = [i.name for i in node.interfaces if wanted in {a.partition("/")[0] for a in i.addresses}]
    if not node.node.ssh or not _is_address(wanted):
        return ok(Text(en=f"{wanted} is looked up, not compared", zh=f"{wanted} 经解析得到，不作比对"), "addresses")
    chosen = needs.interfaces.get(node.node.name)
    if holders and (not chosen or chosen in holders):
        return ok(Text.same(f"{wanted} ({', '.join(holders)})"), "addresses")
    if holders:
        return Found(
            "fail",
            Text(en=f"{wanted} is on {', '.join(holders)}, not on {chosen}", zh=f"{wanted} 在 {'、'.join(holders)} 上，不在 {chosen} 上"),
            "addresses",
            Text(en="The cluster's network would use the wrong interface.", zh="集群网络会使用错误的网卡。"),
            Text(en=f"set the node's interface to {holders[0]} in site.yaml", zh=f"请在 site.yaml 中把该节点的 interface 改为 {holders[0]}"),
        )  # fmt: skip
    return Found(
        "fail",
        Text(en=f"{wanted} is on no interface of this machine", zh=f"{wanted} 不在本机任何网卡上"),
        "addresses",
        Text(
            en="It is reached through address translation or a load balancer; the other nodes would send to the wrong place.",
            zh="说明经过地址转换或负载均衡到达；其他节点会发往错误的位置。",
        ),
        Text(
            en="give the node by the address that its own interface holds (ip address)",
            zh="请使用节点网卡自身的地址（ip address）",
        ),
    )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@node_check("network.route", Text(en="a default route, or an air gap on purpose", zh="有默认路由，或有意隔离"))
def route(node: NodeFacts, needs: Needs) -> Found:
    """None is needed: site.yaml names the interface, which Cilium's `devices` then takes."""
    default = next((r for r in node.routes if r.destination == "default"), None)
    if default:
        return ok(
            Text(
                en=f"default route by {default.gateway or default.device}",
                zh=f"默认路由经 {default.gateway or default.device}",
            ),
            "routes",
        )
    return Found(
        "ok" if needs.profile == "lab" else "info",
        Text(en="no default route: an air gap", zh="没有默认路由：网络隔离"),
        "routes",
        Text(en="The installation needs none; site.yaml names the interface.", zh="安装不需要默认路由；site.yaml 会指定网卡。"),
    )  # fmt: skip


@node_check(
    "network.collision",
    Text(en="pod and service networks are free on the node", zh="Pod 与 Service 网段在节点上未被使用"),
)
def collision(node: NodeFacts, needs: Needs) -> list[Found]:
    """Once site.yaml has chosen them: against every address, route and DNS server of the node."""
    results = []
    for name, cidr in needs.networks.items():
        chosen = ip_network(cidr)
        taken = [text for text in taken_networks(node) if _overlap(chosen, text)]
        if taken:
            results.append(
                Found(
                    "fail",
                    Text(
                        en=f"the {name} network {cidr} collides with {', '.join(taken)}",
                        zh=f"{name} 网段 {cidr} 与 {'、'.join(taken)} 冲突",
                    ),
                    "routes",
                    Text(
                        en="Packets for those addresses would go into the cluster and get lost.",
                        zh="发往这些地址的数据包会进入集群而丢失。",
                    ),
                    Text(
                        en="choose another network in site.yaml, or let slipway configure choose one",
                        zh="请在 site.yaml 中换用其他网段，或由 slipway configure 自动选择",
                    ),
                )
            )
        else:
            results.append(ok(Text(en=f"{name} network {cidr} is free", zh=f"{name} 网段 {cidr} 未被使用"), "routes"))
    return results


def taken_networks(node: NodeFacts) -> list[str]:
    """Networks and addresses that the node uses, except loopback and what Slipway's own network made there."""
    mine = {i.name for i in node.interfaces if i.name.startswith(("cilium", "lxc", "lo"))}
    addresses = [a for i in node.interfaces if i.name not in mine for a in i.addresses]
    routes = [r.destination for r in node.routes if r.destination != "default" and r.device not in mine]
    names = [a for a in node.nameservers if _is_address(a) and not ip_address(a).is_loopback]
    return sorted({*addresses, *routes, *names})


def _overlap(network: object, text: str) -> bool:
    other = ip_network(text, strict=False)
    return bool(other.version == network.version and other.overlaps(network))  # type: ignore[attr-defined, arg-type]


@node_check("network.nameservers", Text(en="name servers that pods can use as well", zh="DNS 服务器可供 Pod 使用"))
def nameservers(node: NodeFacts, needs: Needs) -> Found:
    """CoreDNS forwards to the node's name servers: one on loopback (but systemd-resolved's, which kubeadm goes around) would be
    CoreDNS itself and make it crash in a loop; the kubelet takes three at most (its dns limits)."""
    loopback = [a for a in node.nameservers if _is_address(a) and ip_address(a).is_loopback and a != "127.0.0.53"]
    if loopback:
        return Found(
            "warn",
            Text(en=f"the name server is on loopback: {', '.join(loopback)}", zh=f"DNS 服务器在回环地址：{'、'.join(loopback)}"),
            "resolv",
            Text(en="Seen from a pod that is the pod itself: the cluster's DNS would ask itself in a loop.", zh="在 Pod 中该地址即其自身：集群 DNS 会循环查询自己。"),
            Text(en="name the real server in /etc/resolv.conf", zh="请在 /etc/resolv.conf 中写明真实的服务器"),
        )  # fmt: skip
    if len(node.nameservers) > MAX_NAMESERVERS:
        return Found(
            "warn",
            Text(en=f"{len(node.nameservers)} name servers; only three are used", zh=f"配置了 {len(node.nameservers)} 个 DNS 服务器，只有前三个生效"),
            "resolv",
            Text(en="The kubelet drops the rest and says so at each pod.", zh="kubelet 会忽略其余的，并在每个 Pod 上告警。"),
            Text(en="keep the three that matter in /etc/resolv.conf", zh="请在 /etc/resolv.conf 中只保留三个"),
        )  # fmt: skip
    if not node.nameservers:
        return Found(
            "ok" if needs.profile == "lab" else "info",
            Text(
                en="no name server: names from outside will not be found in pods",
                zh="没有 DNS 服务器：Pod 中无法解析外部域名",
            ),
            "resolv",
        )
    return ok(Text.same(", ".join(node.nameservers)), "resolv")


@node_check(
    "network.dns",
    Text(en="name servers answer, and only for names that exist", zh="DNS 服务器有应答，且只对存在的名称应答"),
)
def dns(node: NodeFacts, needs: Needs) -> Found:
    """A name that cannot exist must be denied within 2 s: the resolver's own time-out is 5 s a server (resolv.conf(5)), which
    every look-up then waits for (in a lab that is so now and then: its gateway refuses once a second at most). A wildcard in a search domain answers for the cluster's own names, which pods look up
    with the node's search domains appended."""
    if node.dns == "silent" and needs.profile == "standard":
        return Found(
            "warn",
            Text(en="the name servers do not answer", zh="DNS 服务器没有应答"),
            "dns",
            Text(en="Every look-up of an outside name waits for its time-out, in pods too.", zh="每次解析外部域名都要等到超时，Pod 中也一样。"),
            Text(
                en="name servers that answer in /etc/resolv.conf, or none at all: without DNS names fail at once and nothing hangs",
                zh="在 /etc/resolv.conf 中填写可用的服务器，或全部去掉：没有 DNS 时解析会立即失败，不会卡住",
            ),
        )  # fmt: skip
    if node.dns == "wildcard":
        return Found(
            "warn",
            Text(en="a name that does not exist is given an address (wildcard DNS)", zh="不存在的名称也解析到了地址（泛域名解析）"),
            "dns",
            Text(en="Pods look up the cluster's names in this search domain as well, and would be sent there.", zh="Pod 也会在该搜索域中查找集群名称，从而被引到错误的地址。"),
            Text(en="remove the search domain from /etc/resolv.conf, or the wildcard from the DNS zone", zh="请从 /etc/resolv.conf 去掉该搜索域，或从 DNS 区域去掉泛域名记录"),
        )  # fmt: skip
    return ok(Text(en="names that do not exist are denied at once", zh="不存在的名称立即被否定"), "dns")


@node_check("network.proxy", Text(en="no proxy takes the cluster's own traffic", zh="代理不会截走集群内部流量"))
def proxy(node: NodeFacts, needs: Needs) -> Found:
    """kubeadm hands the proxy variables of its environment to the control plane; without the node's own address and the
    cluster's networks in no_proxy, calls inside the cluster go to the proxy (kubeadm's HTTPProxy checks)."""
    proxies = {name: value for name, value in node.proxies.items() if name != "no_proxy"}
    if not proxies:
        return ok(Text(en="no proxy", zh="没有代理"), "proxies")
    exempt = [part.strip() for part in node.proxies.get("no_proxy", "").split(",")]
    wanted = [node.node.address, *needs.networks.values()]
    missing = [target for target in wanted if not _exempt(target, exempt)]
    if not missing:
        return ok(Text(en="the proxy leaves the cluster alone", zh="代理不涉及集群"), "proxies")
    return Found(
        "warn",
        Text(en=f"a proxy is set, and no_proxy lacks {', '.join(missing)}", zh=f"设置了代理，而 no_proxy 未包含 {'、'.join(missing)}"),
        "proxies",
        Text(en="Calls inside the cluster would go to the proxy and fail there.", zh="集群内部的调用会发往代理并失败。"),
        Text(
            en="add these to no_proxy in /etc/environment, or remove the proxy: the installation needs none",
            zh="请将其加入 /etc/environment 的 no_proxy，或去掉代理：安装不需要代理",
        ),
    )  # fmt: skip


def _exempt(target: str, exempt: list[str]) -> bool:
    for entry in exempt:
        if entry in (target, "*"):
            return True
        try:
            one, all_of = ip_network(target, strict=False), ip_network(entry, strict=False)
        except ValueError:
            continue
        if one.version == all_of.version and one.subnet_of(all_of):  # type: ignore[arg-type]
            return True
    return False


@node_check("network.firewall", Text(en="no firewall in front of the cluster's ports", zh="防火墙未阻挡集群端口"))
def firewall(node: NodeFacts, needs: Needs) -> Found:
    """firewalld and ufw drop what they do not know: the cluster's ports, and pods' packets passing through."""
    if not node.firewall:
        return ok(Text(en="none is active", zh="未启用防火墙"), "firewall")
    networks = ", ".join(needs.networks.values()) or "pod network, service network"
    action = {
        "firewalld": "firewall-cmd --permanent --add-port={6443,2379-2380,10250,4240,30000-32767}/tcp --add-port=8472/udp && firewall-cmd --reload",
        "ufw": "for p in 6443/tcp 2379:2380/tcp 10250/tcp 4240/tcp 30000:32767/tcp 8472/udp; do ufw allow $p; done; ufw default allow routed",
    }.get(node.firewall[0])
    return Found(
        "warn",
        Text(en=f"a firewall is active: {', '.join(node.firewall)}", zh=f"防火墙已启用：{'、'.join(node.firewall)}"),
        "firewall",
        Text(
            en=f"It drops what it does not know: the ports of the cluster between nodes, and the packets of pods ({networks}). Slipway leaves your firewall alone.",
            zh=f"它会丢弃未放行的流量：节点间的集群端口和 Pod 的数据包（{networks}）。Slipway 不会改动您的防火墙。",
        ),
        Text(
            en="open the ports between the nodes, and let routed packets of the pod network pass",
            zh="请在节点之间放行这些端口，并放行 Pod 网段的转发流量",
        ),
        action,
    )


@node_check(
    "network.hosts", Text(en="/etc/hosts says nothing wrong about the node itself", zh="/etc/hosts 中本机名称解析正确")
)
def hosts(node: NodeFacts, needs: Needs) -> Found:
    """A host name that leads to another machine's address makes the node announce the wrong one. Loopback (Debian's
    127.0.1.1) does no harm: the kubelet gets its address by --node-ip."""
    own = {a.partition("/")[0] for i in node.interfaces for a in i.addresses} | {node.node.address}
    names = {node.hostname, node.hostname.partition(".")[0]}
    wrong = {
        address: sorted(names & set(listed))
        for address, listed in node.etc_hosts.items()
        if names & set(listed) and address not in own and not (_is_address(address) and ip_address(address).is_loopback)
    }
    if not wrong:
        return ok(Text(en="nothing wrong", zh="正确"), "hosts")
    listed = ", ".join(f"{address} {' '.join(n)}" for address, n in wrong.items())
    return Found(
        "fail",
        Text(en=f"/etc/hosts gives this machine's name to another address: {listed}", zh=f"/etc/hosts 把本机名称指向其他地址：{listed}"),
        Seen(command="cat /etc/hosts", output=listed),
        Text(en="The node would announce an address that is not its own.", zh="节点会公布不属于自己的地址。"),
        Text(en="correct the line in /etc/hosts", zh="请更正 /etc/hosts 中的该行"),
    )  # fmt: skip
