"""Facts + answers -> a site, with the reason of every value."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_address
from pathlib import Path

from installer.common.errors import ExitCode, InvalidInput, SlipwayError
from installer.common.text import Text
from installer.configure import networks, storage
from installer.configure.answers import Answers, BundleInfo, Configuration
from installer.configure.names import node_names, to_label
from installer.configure.rules import broken_rules
from installer.models.facts import Facts, NodeFacts
from installer.models.node import Role
from installer.models.site import BundleRef, Kubernetes, Metadata, Platform, Site, SiteNode, Storage

GIVEN = Text(en="as you asked", zh="按您的指定")
API_PORT = 6443
NODE_PORTS = range(30000, 32768)


def configure(facts: Facts, answers: Answers, bundle: BundleInfo) -> Configuration:
    """Decide everything that was left open.

    Raises:
        SlipwayError: a node could not be read (exit code 3).
        InvalidInput: an answer cannot be used, or no address range is free.
    """
    nodes = facts.nodes
    if unread := [n for n in nodes if n.problem]:
        raise SlipwayError(
            Text(en="cannot configure machines that could not be read", zh="无法为未能读取的机器生成配置"),
            where=", ".join(f"{n.node.name} ({n.problem})" for n in unread),
            why=Text.same("; ".join(n.detail for n in unread if n.detail)),
            fix=Text(en="slipway check says what to do about each", zh="slipway check 会给出每一项的处理办法"),
            code=ExitCode.BLOCKED,
        )
    reasons: dict[str, Text] = {}
    site_nodes = _nodes(nodes, reasons)
    pod, service = _networks(nodes, site_nodes, answers, reasons)
    path = _storage(nodes, answers, reasons)
    name = to_label(answers.name, 40) or "site"
    reasons["metadata.name"] = (
        GIVEN
        if name == answers.name
        else Text(en=f"'{answers.name}' as a name that Kubernetes accepts", zh=f"“{answers.name}”转换为 Kubernetes 可用的名称")
    )  # fmt: skip
    reasons["profile"] = _profile_reason(answers)
    reasons["bundle.digest"] = Text(
        en="an installation goes on only with the very same bundle", zh="只有完全相同的安装包才能继续安装"
    )
    workers = [n for n in site_nodes if "worker" in n.roles]
    replicas = 2 if len(workers) > 1 else 1
    reasons["platform.replicas"] = (
        Text(en=f"{len(workers)} nodes run workloads: two copies survive the loss of one", zh=f"{len(workers)} 个节点运行工作负载：两个副本可容忍一个节点故障")
        if replicas > 1
        else Text(en="one node runs workloads", zh="只有一个节点运行工作负载")
    )  # fmt: skip
    reasons["platform.port"] = (
        GIVEN if answers.platform_port else Text(en="free on every node, in Kubernetes' range for node ports", zh="所有节点均空闲，且在 Kubernetes 节点端口范围内")
    )  # fmt: skip
    control_plane = next(n for n in site_nodes if "control-plane" in n.roles)
    reasons["kubernetes.version"] = Text(en="the bundle's", zh="安装包所含版本")
    reasons["kubernetes.endpoint"] = Text(
        en=f"the API server of {control_plane.name}, the one control plane",
        zh=f"唯一的控制平面 {control_plane.name} 的 API 服务地址",
    )
    site = Site(
        metadata=Metadata(name=name),
        profile=answers.profile,
        bundle=BundleRef(path=str(Path(str(bundle.path)).resolve()), digest=bundle.digest),
        nodes=site_nodes,
        kubernetes=Kubernetes(
            version=bundle.version("kubernetes").removeprefix("v"),
            endpoint=f"{control_plane.address}:{API_PORT}",
            pod_network=pod,
            service_network=service,
        ),
        storage=Storage(path=path),
        platform=Platform(port=_port(nodes, answers), replicas=replicas),
    )
    if broken := broken_rules(site):
        raise InvalidInput(
            Text(en="; ".join(b.what.en for b in broken), zh="；".join(b.what.zh for b in broken)),
            where=", ".join(b.path for b in broken),
            fix=broken[0].fix,
        )
    return Configuration(site=site, reasons=reasons)


def _nodes(nodes: list[NodeFacts], reasons: dict[str, Text]) -> list[SiteNode]:
    result = []
    for index, (facts, name) in enumerate(zip(nodes, node_names(nodes), strict=True)):
        place = f"nodes[{index}]"
        address = _address(facts)
        if address is None:
            raise InvalidInput(
                Text(en="no IPv4 address for the cluster on any interface", zh="没有可供集群使用的 IPv4 地址"),
                where=facts.node.name,
                fix=Text(en="give the machine an IPv4 address that the other nodes reach", zh="请为机器配置其他节点可达的 IPv4 地址"),
            )  # fmt: skip
        interface = next(i.name for i in facts.interfaces if address in {a.partition("/")[0] for a in i.addresses})
        roles, reasons[f"{place}.roles"] = _roles(index, len(nodes))
        reasons[f"{place}.name"] = (
            Text(en="its host name", zh="其主机名")
            if name == facts.hostname.partition(".")[0]
            else Text(en="its host name is not usable or not unique", zh="其主机名不可用或不唯一")
        )
        reasons[f"{place}.interface"] = Text(en=f"it holds {address}", zh=f"{address} 所在网卡")
        if address != facts.node.address:
            reasons[f"{place}.address"] = Text(
                en=f"the address of the interface {interface}, by which the other nodes reach it", zh=f"网卡 {interface} 的地址，其他节点经此到达"
            )  # fmt: skip
        ssh = facts.node.ssh
        if ssh:
            key = str(Path(ssh.key).expanduser().resolve()) if ssh.key else None
            ssh = ssh.model_copy(update={"host_key": facts.host_key or ssh.host_key, "key": key})
            reasons[f"{place}.ssh.hostKey"] = Text(
                en="seen at the first contact; another key is refused from now on",
                zh="首次连接时登记；此后拒绝其他密钥",
            )
        result.append(SiteNode(name=name, address=address, ssh=ssh, roles=roles, interface=interface))
    return result


def _address(facts: NodeFacts) -> str | None:
    """The node's IPv4 address in the cluster: the one it is reached by, when an interface holds it; else that of the
    interface with the default route, else of the first one that is up."""
    held = {
        a.partition("/")[0]: i.name
        for i in facts.interfaces
        for a in i.addresses
        if ":" not in a and not ip_address(a.partition("/")[0]).is_loopback
    }
    if facts.node.address in held:
        return facts.node.address
    default = next((r.device for r in facts.routes if r.destination == "default" and ":" not in r.gateway), None)
    by_preference = sorted(held, key=lambda address: held[address] != default)
    return by_preference[0] if by_preference else None


def _roles(index: int, count: int) -> tuple[list[Role], Text]:
    if count == 1:
        return ["control-plane", "worker"], Text(en="the only node does both", zh="唯一的节点兼任两种角色")
    if index > 0:
        return ["worker"], Text(en="runs the platform, training and services", zh="运行平台、训练和服务")
    return ["control-plane"], Text(
        en="the first node given; one control plane, as several need a load balancer in front of them. Add worker to let it run workloads too",
        zh="第一个给出的节点；只设一个控制平面，因为多个控制平面前需要负载均衡。加上 worker 可让它也运行工作负载",
    )  # fmt: skip


def _networks(
    nodes: list[NodeFacts], site_nodes: list[SiteNode], answers: Answers, reasons: dict[str, Text]
) -> tuple[str, str]:
    used = networks.taken(nodes) | {IPv4Network(n.address) for n in site_nodes}
    given = [_given(n) for n in (answers.pod_network, answers.service_network) if n]
    chosen: list[str] = []
    for place, answer, first in (
        ("kubernetes.podNetwork", answers.pod_network, networks.POD),
        ("kubernetes.serviceNetwork", answers.service_network, networks.SERVICE),
    ):
        if answer:
            if clash := sorted(str(n) for n in used if n.overlaps(_given(answer))):
                raise InvalidInput(
                    Text(en=f"{answer} collides with {', '.join(clash)}", zh=f"{answer} 与 {'、'.join(clash)} 冲突"),
                    where=place,
                    why=Text(en="a node already uses these addresses", zh="某个节点已使用这些地址"),
                    fix=Text(en="name another range, or none: then a free one is chosen", zh="请换用其他网段；不指定则自动选择空闲网段"),
                )  # fmt: skip
            chosen.append(answer)
            reasons[place] = GIVEN
            continue
        others = {IPv4Network(c) for c in chosen}
        free = networks.choose(first, used | set(given) | others)
        chosen.append(str(free))
        in_use = ", ".join(sorted(str(n) for n in used if n.prefixlen < 32)) or "-"
        reasons[place] = Text(
            en=f"free on every node; in use there: {in_use}", zh=f"所有节点均未使用；已用网段：{in_use}"
        )
    return chosen[0], chosen[1]


def _given(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as error:
        raise InvalidInput(
            Text(en=f"'{text}' is not an IPv4 network", zh=f"“{text}”不是 IPv4 网段"),
            why=Text.same(str(error)),
            fix=Text(en="write it as 10.244.0.0/16", zh="请写成 10.244.0.0/16 的形式"),
        ) from error


def _storage(nodes: list[NodeFacts], answers: Answers, reasons: dict[str, Text]) -> str:
    if answers.storage_path:
        reasons["storage.path"] = GIVEN
        return answers.storage_path
    path, room = storage.choose(nodes)
    size = f"{room / 1024**3:.0f} GiB"
    reasons["storage.path"] = Text(
        en=f"on the file system with the most room that every node has: {size} free on the fullest",
        zh=f"位于所有节点共有的、空间最大的文件系统上：最满的节点剩余 {size}",
    )
    return path


def _port(nodes: list[NodeFacts], answers: Answers) -> int:
    """The port asked for; else the usual one, or the next that nobody listens on, on any node."""
    if answers.platform_port and answers.platform_port not in NODE_PORTS:
        raise InvalidInput(
            Text(en=f"{answers.platform_port} cannot be the platform's port", zh=f"{answers.platform_port} 不能作为平台端口"),
            fix=Text(en="30000 to 32767 are Kubernetes' node ports", zh="Kubernetes 节点端口范围为 30000 到 32767"),
        )  # fmt: skip
    used = {x.port for n in nodes for x in n.listeners if x.protocol == "tcp"}
    usual = Platform().port
    return answers.platform_port or next((p for p in (usual, *NODE_PORTS) if p not in used), usual)


def _profile_reason(answers: Answers) -> Text:
    if answers.profile == "lab":
        return Text(en="you asked for a rehearsal; never on real machines", zh="按您的指定用于演练；切勿用于真实机器")
    return Text(en="real machines", zh="真实机器")
