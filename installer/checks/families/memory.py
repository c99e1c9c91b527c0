"""Memory and swap."""

from __future__ import annotations

from installer.checks.needs import GIB, Needs
from installer.checks.registry import Found, node_check, ok
from installer.common.text import Text
from installer.models.facts import NodeFacts

MIB = 1024**2
# role: (fail below, warn below), bytes
TOTAL = {"control-plane": (1700 * MIB, 4 * GIB), "worker": (GIB, 2 * GIB)}


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} GiB"


@node_check("memory.total", Text(en="enough memory for the node's roles", zh="内存满足角色要求"))
def total(node: NodeFacts, needs: Needs) -> Found:
    """Fail: a control plane under 1700 MiB (kubeadm's preflight, ControlPlaneMem = 1700), a worker under 1 GiB. Warn: under
    4 GiB and 2 GiB (measured on lab nodes: control plane with network 1.5 to 1.8 GB, worker 0.5 GB, before any training)."""
    limits = [TOTAL[role] for role in needs.roles_of(node.node.name)]
    least, comfortable = max(low for low, _ in limits), max(high for _, high in limits)
    size = _gib(node.memory_total)
    if node.memory_total < least:
        return Found(
            "fail",
            Text(en=f"{size} of memory, at least {_gib(least)} needed", zh=f"内存 {size}，至少需要 {_gib(least)}"),
            "memory",
            Text(en="The control plane would be killed for lack of memory.", zh="控制平面会因内存不足而被终止。"),
            Text(en=f"give the machine more memory; {_gib(comfortable)} make it comfortable", zh=f"请增加内存；建议 {_gib(comfortable)} 以上"),
        )  # fmt: skip
    if node.memory_total < comfortable:
        return Found(
            "warn",
            Text(en=f"{size} of memory, less than {_gib(comfortable)}", zh=f"内存 {size}，少于 {_gib(comfortable)}"),
            "memory",
            Text(
                en="It installs, but little is left for training and services.",
                zh="可以安装，但留给训练和服务的内存很少。",
            ),
            Text(en=f"{_gib(comfortable)} or more make it comfortable", zh=f"建议 {_gib(comfortable)} 以上"),
        )
    return ok(Text(en=f"{size} of memory", zh=f"内存 {size}"), "memory")


@node_check("memory.available", Text(en="memory is not taken by others", zh="内存未被其他程序占用"))
def available(node: NodeFacts, needs: Needs) -> Found:
    """Warn when less is available than the roles use by themselves (see memory.total's first limits)."""
    least = max(TOTAL[role][0] for role in needs.roles_of(node.node.name))
    free = _gib(node.memory_available)
    if node.memory_available >= least or node.memory_total < least:
        return ok(Text(en=f"{free} available", zh=f"可用内存 {free}"), "memory")
    return Found(
        "warn",
        Text(
            en=f"only {free} of {_gib(node.memory_total)} available",
            zh=f"内存 {_gib(node.memory_total)} 中仅 {free} 可用",
        ),
        "memory",
        Text(en="Other programs hold the memory that the cluster needs.", zh="其他程序占用了集群所需的内存。"),
        Text(en="see who: ps aux --sort=-rss | head", zh="查看占用者：ps aux --sort=-rss | head"),
    )


@node_check("memory.swap", Text(en="no swap", zh="未启用交换分区"))
def swap(node: NodeFacts, needs: Needs) -> Found:
    """The kubelet does not start while swap is on (KubeletConfiguration.failSwapOn defaults to true); the lab profile sets
    failSwapOn to false."""
    if not node.swap_total:
        return ok(Text(en="no swap", zh="没有交换分区"), "memory")
    what = Text(en=f"{_gib(node.swap_total)} of swap are on", zh=f"启用了 {_gib(node.swap_total)} 交换分区")
    if needs.profile == "lab":
        return ok(what, "memory")
    return Found(
        "fail",
        what,
        "memory",
        Text(
            en="The kubelet refuses to start with swap on: memory limits of pods would not hold.",
            zh="启用交换分区时 kubelet 拒绝启动：Pod 的内存限制将失效。",
        ),
        Text(
            en="turn it off now (the command), and for good: remove the swap line from /etc/fstab",
            zh="立即关闭（见命令），并从 /etc/fstab 中删除 swap 行以永久关闭",
        ),
        "swapoff -a",
    )
