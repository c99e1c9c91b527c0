"""The base of the system: distribution, python3, systemd, commands."""

from __future__ import annotations

from installer.checks.needs import Needs
from installer.checks.registry import Found, node_check, ok
from installer.common.text import Text
from installer.models.facts import NodeFacts

PYTHON = (3, 9)
COMMANDS = {
    "mount": "util-linux",
    "umount": "util-linux",
    "losetup": "util-linux",
    "cp": "coreutils",
    "tar": "tar",
    "ip": "iproute2",
    "sysctl": "procps",
    "systemctl": "systemd",
}


@node_check(
    "base.python", Text(en="python3 3.9 or newer, with its standard library", zh="python3 不低于 3.9，标准库完整")
)
def python(node: NodeFacts, needs: Needs) -> Found:
    """Ansible-core 2.19's modules need python3 >= 3.9 on a node (its support matrix) with json, ssl, zipfile…;
    Debian's python3-minimal lacks them."""
    version = tuple(int(part) for part in node.python.split(".")[:2] if part.isdigit())
    if version >= PYTHON and not node.python_missing:
        return ok(Text(en=f"python3 {node.python}", zh=f"python3 {node.python}"), "python")
    if not node.python:
        what = Text(en="python3 is missing", zh="缺少 python3")
    elif node.python_missing:
        names = ", ".join(node.python_missing)
        what = Text(
            en=f"python3 {node.python} lacks standard modules: {names}",
            zh=f"python3 {node.python} 缺少标准模块：{names}",
        )
    else:
        what = Text(en=f"python3 {node.python} is too old", zh=f"python3 {node.python} 版本过低")
    return Found(
        "fail",
        what,
        "python",
        Text(
            en="The installer's modules run on the node with python3 3.9 or newer and its whole standard library.",
            zh="安装模块在节点上用 python3（3.9 及以上，标准库完整）运行。",
        ),
        Text(
            en="install the distribution's python3 package (Debian, Ubuntu: python3; RHEL family: python3 or python3.11)",
            zh="请安装发行版的 python3 软件包（Debian、Ubuntu：python3；RHEL 系：python3 或 python3.11）",
        ),
        {"debian": "apt-get install -y python3", "ubuntu": "apt-get install -y python3"}.get(
            node.os_id, "dnf install -y python3"
        ),
    )


@node_check("base.systemd", Text(en="systemd is process 1", zh="系统由 systemd 管理"))
def systemd(node: NodeFacts, needs: Needs) -> Found:
    """kubelet and containerd run as systemd units."""
    if node.init == "systemd":
        return ok(Text(en=f"systemd {node.systemd}", zh=f"systemd {node.systemd}"), "systemd")
    return Found(
        "fail",
        Text(en=f"process 1 is {node.init or 'unknown'}, not systemd", zh=f"1 号进程是 {node.init or '未知'}，不是 systemd"),
        "init",
        Text(
            en="containerd and the kubelet are run and restarted by systemd. A container or a system with another init cannot be a node.",
            zh="containerd 和 kubelet 由 systemd 运行和重启。容器或使用其他 init 的系统不能作为节点。",
        ),
        Text(en="use a machine with systemd; to rehearse on one machine: slipway lab up", zh="请使用带 systemd 的机器；单机演练请用 slipway lab up"),
    )  # fmt: skip


@node_check("base.architecture", Text(en="the processor's architecture is the bundle's", zh="处理器架构与安装包一致"))
def architecture(node: NodeFacts, needs: Needs) -> Found:
    """The bundle holds x86-64 programs."""
    if node.architecture == "x86_64":
        return ok(Text.same("x86_64"), "kernel")
    return Found(
        "fail",
        Text(en=f"the machine is {node.architecture or 'of unknown architecture'}", zh=f"机器架构为 {node.architecture or '未知'}"),
        "kernel",
        Text(en="The bundle's programs are built for x86-64 and do not start here.", zh="安装包中的程序为 x86-64 编译，无法在此运行。"),
        Text(en="use an x86-64 machine", zh="请使用 x86-64 机器"),
    )  # fmt: skip


@node_check("base.commands", Text(en="the few commands that the OS must bring", zh="操作系统必须自带的少数命令"))
def commands(node: NodeFacts, needs: Needs) -> Found:
    """kubeadm 1.37 asks for mount, losetup and cp (its preflight's addExecChecks); the roles use tar, ip, sysctl and
    systemctl. Everything else comes with the bundle."""
    missing = [name for name in COMMANDS if node.commands.get(name) is False]
    if not missing:
        return ok(Text(en="all needed commands are there", zh="所需命令齐全"), "commands")
    packages = " ".join(sorted({COMMANDS[name] for name in missing}))
    return Found(
        "fail",
        Text(en=f"missing commands: {', '.join(missing)}", zh=f"缺少命令：{'、'.join(missing)}"),
        "commands",
        Text(en="The kubelet and the installer call them on the node.", zh="kubelet 和安装程序会在节点上调用它们。"),
        Text(en=f"install from the distribution: {packages}", zh=f"请从发行版安装：{packages}"),
        f"apt-get install -y {packages}" if node.os_id in ("debian", "ubuntu") else None,
    )
