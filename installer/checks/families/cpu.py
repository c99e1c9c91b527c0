"""The processor."""

from __future__ import annotations

from installer.checks.needs import Needs
from installer.checks.registry import Found, node_check, ok
from installer.common.text import Text
from installer.models.facts import NodeFacts

# The System V ABI for AMD64, table "Micro-Architecture Levels", as /proc/cpuinfo spells the flags.
X86_64_V2 = ("cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3")


@node_check("cpu.count", Text(en="enough processors for the node's role", zh="处理器数量满足角色要求"))
def count(node: NodeFacts, needs: Needs) -> Found:
    """A control plane needs 2 (kubeadm's preflight, ControlPlaneNumCPU = 2); under 4 the platform's own pods compete with
    training (a lab's control plane idles at a third of a core, an acceptance run takes two)."""
    needed = 2 if "control-plane" in needs.roles_of(node.node.name) else 1
    what = Text(en=f"{node.cpus} processors", zh=f"{node.cpus} 个处理器")
    if node.cpus < needed:
        return Found(
            "fail",
            Text(en=f"{node.cpus} processors, {needed} needed", zh=f"处理器 {node.cpus} 个，需要 {needed} 个"),
            "cpuinfo",
            Text(
                en="kubeadm refuses a control plane with less than two.", zh="kubeadm 不接受少于两个处理器的控制平面。"
            ),
            Text(en="give the machine more processors, or make it a worker", zh="请增加处理器，或将其作为工作节点"),
        )
    if node.cpus < 4 and needs.profile == "standard":
        return Found(
            "warn",
            what,
            "cpuinfo",
            Text(en="It is enough to install; training jobs then compete with the platform.", zh="可以安装，但训练任务会与平台争用处理器。"),
            Text(en="four or more make it comfortable", zh="建议四个以上"),
        )  # fmt: skip
    return ok(what, "cpuinfo")


@node_check("cpu.level", Text(en="the processor has x86-64-v2", zh="处理器支持 x86-64-v2"))
def level(node: NodeFacts, needs: Needs) -> Found:
    """x86-64-v2 (System V ABI); RHEL 9 and numerical libraries are built for it. Virtual machines with an old CPU model
    lack it although the host has it."""
    missing = [flag for flag in X86_64_V2 if flag not in node.cpu_flags]
    if node.architecture != "x86_64" or not missing:
        return ok(Text(en="x86-64-v2 or newer", zh="x86-64-v2 或更新"), "cpuinfo")
    return Found(
        "warn",
        Text(
            en=f"the processor lacks {', '.join(missing)} (x86-64-v2)",
            zh=f"处理器缺少 {'、'.join(missing)}（x86-64-v2）",
        ),
        "cpuinfo",
        Text(
            en="Numerical libraries use these instructions; training may stop with 'illegal instruction'.",
            zh="数值计算库会使用这些指令；训练可能因“非法指令”而中止。",
        ),
        Text(
            en="on a virtual machine choose the CPU model host-passthrough or x86-64-v2-AES; otherwise use a newer machine",
            zh="虚拟机请选择 CPU 型号 host-passthrough 或 x86-64-v2-AES；否则请换用较新的机器",
        ),
    )
