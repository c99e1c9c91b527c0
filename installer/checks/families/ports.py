"""Ports that the installation listens on must be free."""

from __future__ import annotations

from installer.checks.needs import Needs
from installer.checks.registry import Found, node_check, ok, ours
from installer.common.text import Text
from installer.models.facts import NodeFacts, Seen
from installer.models.node import Role

# Kubernetes documentation, "Ports and Protocols"; Cilium documentation, "System Requirements" (firewall rules).
PORTS: dict[Role, dict[tuple[str, int], str]] = {
    "control-plane": {
        ("tcp", 6443): "kube-apiserver",
        ("tcp", 2379): "etcd",
        ("tcp", 2380): "etcd",
        ("tcp", 2381): "etcd",
        ("tcp", 10257): "kube-controller-manager",
        ("tcp", 10259): "kube-scheduler",
    },
    "worker": {},
}
EVERY_NODE = {
    ("tcp", 10250): "kubelet",
    ("tcp", 10248): "kubelet",
    ("tcp", 4240): "cilium-agent",
    ("tcp", 9963): "cilium-operator",
    ("udp", 8472): "cilium-agent",
}


def needed(node: str, needs: Needs) -> dict[tuple[str, int], str]:
    """(protocol, port) -> who will listen there, on this node."""
    ports = {**EVERY_NODE, ("tcp", needs.platform_port): "platform"}
    for role in needs.roles_of(node):
        ports |= PORTS[role]
    return ports


@node_check("ports.free", Text(en="the ports of the installation are free", zh="安装所需端口未被占用"))
def free(node: NodeFacts, needs: Needs) -> Found:
    """Kubernetes' and Cilium's documented ports for the node's roles, and the platform's."""
    wanted = needed(node.node.name, needs)
    used = sorted({(x.protocol, x.port, x.process) for x in node.listeners if (x.protocol, x.port) in wanted})
    if used and ours(node) and all(wanted[protocol, port].startswith(who) for protocol, port, who in used if who):
        return ok(Text(en="in use by Slipway's own installation", zh="由 Slipway 自身的安装使用"), "listeners")
    if not used:
        return ok(Text(en=f"{len(wanted)} ports are free", zh=f"{len(wanted)} 个端口均空闲"), "listeners")
    words = [(f"{port}/{protocol}", process or "?", wanted[protocol, port]) for protocol, port, process in used]
    lines = [f"{x.protocol} {x.address}:{x.port} {x.process}" for x in node.listeners if (x.protocol, x.port) in wanted]
    command = node.seen["listeners"].command if "listeners" in node.seen else "ss -lntup"
    first = used[0][1]
    return Found(
        "fail",
        Text(
            en="in use: " + ", ".join(f"{port} by {who} (needed by {us})" for port, who, us in words),
            zh="端口被占用：" + "，".join(f"{port}（占用者 {who}，{us} 需要）" for port, who, us in words),
        ),
        Seen(command=command, output="\n".join(lines)),
        Text(
            en="Two programs cannot listen on one port; ours would not start.",
            zh="同一端口不能由两个程序监听，我们的程序将无法启动。",
        ),
        Text(
            en=f"stop that program or move it to another port; who it is: ss -lntup 'sport = :{first}'",
            zh=f"请停止该程序或改用其他端口；查看占用者：ss -lntup 'sport = :{first}'",
        ),
    )
