"""Identity: names, and what cloned machines share. Nodes that share it overwrite each other in the cluster."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from installer.checks.needs import Needs
from installer.checks.registry import Found, node_check, ok, site_check
from installer.common.text import Text
from installer.models.facts import Facts, NodeFacts, Seen

RFC_1123 = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$")
CONTAINERS = frozenset({"podman", "docker", "lxc", "lxc-libvirt", "systemd-nspawn", "container-other", "rkt"})


@node_check("identity.hostname", Text(en="the host name is a valid node name", zh="主机名可作为节点名"))
def hostname(node: NodeFacts, needs: Needs) -> Found:
    """RFC 1123: lower-case letters, digits, `-` and `.`, 63 characters at most in a label (a node's name is also a label's
    value, which may have 63 in all)."""
    name = node.hostname
    if RFC_1123.match(name) and len(name) <= 63 and not name.startswith("localhost"):
        return ok(Text.same(name), "hostname")
    return Found(
        "fail",
        Text(
            en=f"the host name {name or '(empty)'} cannot be a node's name",
            zh=f"主机名 {name or '（空）'} 不能作为节点名",
        ),
        "hostname",
        Text(
            en="Kubernetes takes names of lower-case letters, digits, '-' and '.', up to 63 characters, and localhost means every machine.",
            zh="Kubernetes 只接受小写字母、数字、“-”和“.”，最长 63 个字符；localhost 则指任意机器。",
        ),
        Text(en="give it a name (the command, with a name of your own)", zh="请重新命名（使用该命令并换成合适的名称）"),
        f"hostnamectl set-hostname {node.node.name}",
    )


def _shared(
    facts: Facts, values: Callable[[NodeFacts], Iterable[str]], found: Callable[[str, str, NodeFacts], Found]
) -> list[Found]:
    """One finding for each node that shares a value with others; `found(value, the others' names, node)`."""
    holders: dict[str, list[NodeFacts]] = defaultdict(list)
    for node in facts.nodes:
        for value in values(node):
            if value:
                holders[value].append(node)
    results = []
    for value, nodes in holders.items():
        for node in nodes if len(nodes) > 1 else []:
            others = ", ".join(n.node.name for n in nodes if n is not node)
            results.append(found(value, others, node))
    return results


@site_check("identity.hostname-unique", Text(en="host names differ", zh="主机名互不相同"))
def hostname_unique(facts: Facts, needs: Needs) -> Found | list[Found]:
    """A node registers under its host name: the second one with it takes the first one's place."""

    def found(value: str, others: str, node: NodeFacts) -> Found:
        return Found(
            "fail",
            Text(en=f"the host name {value} is also that of {others}", zh=f"主机名 {value} 与 {others} 相同"),
            "hostname",
            Text(en="Nodes with one name overwrite each other in the cluster.", zh="同名节点会在集群中相互覆盖。"),
            Text(en="give it a name of its own", zh="请为其设置唯一的主机名"),
            f"hostnamectl set-hostname {node.node.name}",
            node.node.name,
        )

    return _shared(facts, lambda n: [n.hostname], found) or ok(Text(en="all differ", zh="互不相同"))


@site_check("identity.machine-id", Text(en="machine ids are there and differ", zh="machine-id 存在且互不相同"))
def machine_id(facts: Facts, needs: Needs) -> Found | list[Found]:
    """machine-id(5): unique to an installation; images must be shipped without it. DHCP leases and journals go by it."""
    action = "rm -f /etc/machine-id /var/lib/dbus/machine-id && systemd-machine-id-setup"
    fix = Text(en="make a new one (the command), then boot", zh="重新生成（见命令）并重启")

    def found(value: str, others: str, node: NodeFacts) -> Found:
        return Found(
            "fail",
            Text(en=f"the machine id is also that of {others}: cloned machines", zh=f"machine-id 与 {others} 相同：机器由克隆得来"),
            "machine_id",
            Text(
                en="Clones share DHCP leases and network identities; addresses jump from one to the other.",
                zh="克隆机器会共用 DHCP 租约和网络标识，地址会在机器之间漂移。",
            ),
            fix,
            action,
            node.node.name,
        )  # fmt: skip

    empty = [
        Found(
            "fail",
            Text(en="no machine id", zh="没有 machine-id"),
            "machine_id",
            Text(
                en="systemd, DHCP and the kubelet identify the machine by it.",
                zh="systemd、DHCP 和 kubelet 以它识别机器。",
            ),
            fix,
            action,
            n.node.name,
        )
        for n in facts.nodes
        if not n.machine_id
    ]
    return empty + _shared(facts, lambda n: [n.machine_id], found) or ok(Text(en="all differ", zh="互不相同"))


@site_check("identity.product-uuid", Text(en="product UUIDs differ", zh="product_uuid 互不相同"))
def product_uuid(facts: Facts, needs: Needs) -> Found | list[Found]:
    """Kubernetes' installation guide: verify that MAC address and product_uuid are unique. Containers (a lab) have the
    host's and are left out."""

    def found(value: str, others: str, node: NodeFacts) -> Found:
        return Found(
            "warn",
            Text(en=f"the product UUID is also that of {others}", zh=f"product_uuid 与 {others} 相同"),
            "product_uuid",
            Text(
                en="Programs that tell machines apart by it take them for one.",
                zh="以它区分机器的程序会把它们当成同一台。",
            ),
            Text(en="give the virtual machine a new UUID in its hypervisor", zh="请在虚拟化平台为虚拟机生成新的 UUID"),
            node=node.node.name,
        )

    def values(node: NodeFacts) -> list[str]:
        return [] if needs.profile == "lab" or node.virtualization in CONTAINERS else [node.product_uuid]

    return _shared(facts, values, found) or ok(Text(en="all differ", zh="互不相同"))


@site_check("identity.mac", Text(en="MAC addresses differ", zh="MAC 地址互不相同"))
def mac(facts: Facts, needs: Needs) -> Found | list[Found]:
    """Only interfaces that hold an address count: bridges and dummies of container runtimes often share theirs."""

    def values(node: NodeFacts) -> list[str]:
        own = {node.node.address} if node.node.ssh else set()
        return [
            i.mac
            for i in node.interfaces
            if i.mac not in ("", "00:00:00:00:00:00") and own & {a.partition("/")[0] for a in i.addresses}
        ]

    def found(value: str, others: str, node: NodeFacts) -> Found:
        return Found(
            "fail",
            Text(en=f"the MAC address {value} is also that of {others}", zh=f"MAC 地址 {value} 与 {others} 相同"),
            "addresses",
            Text(
                en="A switch delivers packets for both to one of them.", zh="交换机会把发给两者的数据包都送给其中一台。"
            ),
            Text(
                en="give the virtual machine a new MAC address in its hypervisor",
                zh="请在虚拟化平台为虚拟机生成新的 MAC 地址",
            ),
            node=node.node.name,
        )

    return _shared(facts, values, found) or ok(Text(en="all differ", zh="互不相同"))


@site_check("identity.host-key", Text(en="SSH host keys differ", zh="SSH 主机密钥互不相同"))
def host_key(facts: Facts, needs: Needs) -> Found | list[Found]:
    """Clones of one image share their host keys: whoever holds one machine can pose as another."""
    action = "rm -f /etc/ssh/ssh_host_*_key* && ssh-keygen -A && systemctl reload ssh"

    def found(value: str, others: str, node: NodeFacts) -> Found:
        return Found(
            "warn",
            Text(en=f"the SSH host key is also that of {others}", zh=f"SSH 主机密钥与 {others} 相同"),
            Seen(command="ssh-keyscan", output=value[:60] + "…"),
            Text(en="One machine can pose as the other.", zh="一台机器可以冒充另一台。"),
            Text(en="make new host keys (the command)", zh="重新生成主机密钥（见命令）"),
            action,
            node.node.name,
        )

    return _shared(facts, lambda n: [n.host_key], found) or ok(Text(en="all differ", zh="互不相同"))


@site_check("identity.address", Text(en="every node has an address of its own", zh="每个节点地址唯一"))
def address(facts: Facts, needs: Needs) -> Found | list[Found]:
    """Two entries with one address and port are one machine, listed twice; one address on two machines is a conflict."""

    def values(node: NodeFacts) -> list[str]:
        return [f"{node.node.address}:{node.node.ssh.port}" if node.node.ssh else "local"]

    def found(value: str, others: str, node: NodeFacts) -> Found:
        return Found(
            "fail",
            Text(en=f"the address {value} is also given for {others}", zh=f"地址 {value} 同时给了 {others}"),
            "addresses",
            Text(en="It is one machine under two names.", zh="这是同一台机器的两个名称。"),
            Text(en="remove one of them", zh="请删除其中一个"),
            node=node.node.name,
        )

    return _shared(facts, values, found) or ok(Text(en="all differ", zh="互不相同"))
