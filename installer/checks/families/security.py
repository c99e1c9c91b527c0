"""Security modules of the system."""

from __future__ import annotations

from installer.checks.needs import Needs
from installer.checks.registry import Found, node_check, ok
from installer.common.text import Text
from installer.models.facts import NodeFacts


@node_check("security.selinux", Text(en="SELinux does not stop containers", zh="SELinux 不阻止容器"))
def selinux(node: NodeFacts, needs: Needs) -> Found:
    """With SELinux enforcing, containerd's files need the labels of the distribution's package container-selinux."""
    if node.selinux != "enforcing":
        return ok(
            Text.same(node.selinux) if node.selinux else Text(en="SELinux is off", zh="未启用 SELinux"), "selinux"
        )
    return Found(
        "warn",
        Text(en="SELinux is enforcing", zh="SELinux 处于强制模式"),
        "selinux",
        Text(
            en="Without the policy for containers, programs in them are denied their own files. Slipway never turns SELinux off.",
            zh="若没有容器策略，容器内程序会被拒绝访问自己的文件。Slipway 不会关闭 SELinux。",
        ),
        Text(en="install the distribution's package container-selinux", zh="请安装发行版的 container-selinux 软件包"),
        "dnf install -y container-selinux",
    )
