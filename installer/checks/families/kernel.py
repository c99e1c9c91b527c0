"""The kernel: version, features, cgroups, limits."""

from __future__ import annotations

import re

from installer.checks.needs import Needs
from installer.checks.registry import Found, node_check, ok
from installer.common.text import Text
from installer.models.facts import NodeFacts

OLDEST = (5, 10)
RHEL8 = re.compile(r"^4\.18\.0-(\d+)\..*el8")
RHEL8_10 = 553
NEEDED = ("overlay", "vxlan", "veth", "cls_bpf", "sch_ingress", "bpf_syscall", "cgroup_bpf")
CONTROLLERS = {
    2: {"cpu", "cpuset", "memory", "pids"},
    1: {"cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids"},
}
INOTIFY_INSTANCES = 512


@node_check(
    "kernel.version",
    Text(en="the kernel is new enough for Cilium and Kubernetes", zh="内核版本满足 Cilium 和 Kubernetes 要求"),
)
def version(node: NodeFacts, needs: Needs) -> Found:
    """Cilium 1.20: 5.10, or RHEL 8.10's 4.18 (its system requirements); kubeadm 1.37 only warns about versions not in its list."""
    match = re.match(r"(\d+)\.(\d+)", node.kernel)
    rhel = RHEL8.match(node.kernel)
    if (match and (int(match[1]), int(match[2])) >= OLDEST) or (rhel and int(rhel[1]) >= RHEL8_10):
        return ok(Text(en=f"kernel {node.kernel}", zh=f"内核 {node.kernel}"), "kernel")
    return Found(
        "fail",
        Text(en=f"kernel {node.kernel or 'unknown'} is too old", zh=f"内核 {node.kernel or '未知'} 版本过低"),
        "kernel",
        Text(en="The cluster's network (Cilium) needs 5.10 or newer, or RHEL 8.10's 4.18.", zh="集群网络（Cilium）需要 5.10 及以上，或 RHEL 8.10 的 4.18。"),
        Text(en="update the distribution's kernel and boot it", zh="请升级发行版内核并重启"),
    )  # fmt: skip


@node_check(
    "kernel.features",
    Text(
        en="kernel features: overlay, vxlan, veth, BPF (loaded, loadable or built in)",
        zh="内核功能：overlay、vxlan、veth、BPF（已加载、可加载或内建）",
    ),
)
def features(node: NodeFacts, needs: Needs) -> Found:
    """containerd's snapshots need overlay; Cilium's requirements list the BPF options, vxlan and veth. A feature of which
    nothing could be read (no kernel configuration at hand) is not held against the node."""
    missing = [name for name in NEEDED if node.kernel_features.get(name) is False]
    if not missing:
        return ok(Text(en="all needed features are there", zh="所需功能齐全"), "modules")
    return Found(
        "fail",
        Text(en=f"the kernel lacks: {', '.join(missing)}", zh=f"内核缺少：{'、'.join(missing)}"),
        "modules",
        Text(en="containerd (overlay) and the cluster's network (the rest) are built on them.", zh="containerd（overlay）和集群网络（其余各项）依赖它们。"),
        Text(
            en="install the distribution's full kernel with its modules (Debian cloud images: linux-image-amd64; RHEL: kernel-modules-extra), then boot it",
            zh="请安装发行版完整内核及模块（Debian 云镜像：linux-image-amd64；RHEL：kernel-modules-extra）并重启",
        ),
    )  # fmt: skip


@node_check("kernel.cgroup", Text(en="control groups version 2", zh="cgroup 第 2 版"))
def cgroup(node: NodeFacts, needs: Needs) -> Found:
    """From 1.35 the kubelet refuses to start on version 1 (KubeletConfiguration.failCgroupV1 defaults to true, KEP-5573);
    the lab profile turns that off."""
    if node.cgroup_version == 2:
        return ok(Text(en="cgroup v2", zh="cgroup v2"), "cgroup")
    if needs.profile == "lab" and node.cgroup_version == 1:
        return Found("ok", Text(en="cgroup v1, which the lab profile allows", zh="cgroup v1（实验配置允许）"), "cgroup")
    what = (
        Text(en="cgroup v1", zh="cgroup v1")
        if node.cgroup_version
        else Text(en="no control groups mounted", zh="未挂载 cgroup")
    )
    return Found(
        "fail",
        what,
        "cgroup",
        Text(
            en="Since Kubernetes 1.35 the kubelet refuses to start on version 1, which is to be removed.",
            zh="自 Kubernetes 1.35 起 kubelet 拒绝在 v1 上启动，v1 将被移除。",
        ),
        Text(
            en="boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub or grub2-mkconfig). Only to rehearse: --profile lab",
            zh="在内核命令行加入 systemd.unified_cgroup_hierarchy=1（/etc/default/grub 的 GRUB_CMDLINE_LINUX，然后 update-grub 或 grub2-mkconfig）并重启。仅演练时可用：--profile lab",
        ),
    )


@node_check("kernel.controllers", Text(en="the cgroup controllers that limit pods", zh="限制 Pod 所需的 cgroup 控制器"))
def controllers(node: NodeFacts, needs: Needs) -> Found:
    """The lists of kubeadm's system validators (system-validators 1.12): v2 cpu, cpuset, memory, pids (devices and freezer
    are part of v2 itself); v1 also cpuacct, devices, freezer."""
    missing = sorted(CONTROLLERS.get(node.cgroup_version, set()) - set(node.cgroup_controllers))
    if not missing:
        return ok(Text(en="all needed controllers are on", zh="所需控制器均已启用"), "cgroup")
    return Found(
        "fail",
        Text(en=f"cgroup controllers are off: {', '.join(missing)}", zh=f"未启用的 cgroup 控制器：{'、'.join(missing)}"),
        "cgroup",
        Text(en="Pods could not be limited in what these control; the kubelet does not start.", zh="无法对 Pod 进行相应限制，kubelet 无法启动。"),
        Text(
            en="turn them on on the kernel's command line (memory: cgroup_enable=memory) and boot",
            zh="在内核命令行启用（memory：cgroup_enable=memory）并重启",
        ),
    )  # fmt: skip


@node_check("kernel.inotify", Text(en="enough inotify instances", zh="inotify 实例数足够"))
def inotify(node: NodeFacts, needs: Needs) -> Found:
    """A default of 128 per user is used up by a few dozen containers that watch files, all as root ("too many open files");
    the role prepare raises it, so this only informs."""
    value = node.sysctls.get("fs.inotify.max_user_instances", "")
    what = Text.same(f"fs.inotify.max_user_instances = {value or '?'}")
    if not value.isdigit() or int(value) >= INOTIFY_INSTANCES:
        return ok(what, "sysctls")
    return Found(
        "info",
        what,
        "sysctls",
        Text(
            en="Few for a node with many pods; the installation raises it.",
            zh="对运行大量 Pod 的节点偏低；安装时会调高。",
        ),
    )
