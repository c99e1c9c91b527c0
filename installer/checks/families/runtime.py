"""What is already there: container runtimes, another Kubernetes, remains of one."""

from __future__ import annotations

from installer.checks.needs import Needs
from installer.checks.registry import Found, node_check, ok, ours
from installer.common.text import Text
from installer.models.facts import NodeFacts, Seen

KUBERNETES = frozenset({"kubelet", "k3s", "k3s-agent", "rke2-server", "rke2-agent", "snap.microk8s.daemon-kubelite"})
LEFT = (
    "/etc/kubernetes/",
    "/var/lib/etcd/member",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/rancher",
    "/sys/fs/bpf/cilium",
)


def _values(node: NodeFacts, kind: str) -> list[str]:
    return [item.partition(":")[2] for item in node.runtimes if item.startswith(kind + ":")]


@node_check(
    "runtime.kubernetes", Text(en="no other Kubernetes, and no remains of one", zh="没有其他 Kubernetes 及其残留")
)
def kubernetes(node: NodeFacts, needs: Needs) -> Found:
    """kubeadm's preflight refuses existing files under /etc/kubernetes and a used etcd folder; two kubelets fight for
    one machine."""
    active = sorted(set(_values(node, "unit")) & KUBERNETES)
    left = [path for path in _values(node, "left") if path.startswith(LEFT)]
    if not active and not left:
        return ok(Text(en="no Kubernetes is there", zh="没有 Kubernetes"), "runtimes")
    if ours(node):
        return Found(
            "info",
            Text(en="Slipway has installed on this machine before", zh="Slipway 曾在本机安装"),
            "runtimes",
            fix=Text(
                en="slipway status shows the run; slipway rollback --all takes it back",
                zh="slipway status 查看安装；slipway rollback --all 撤销安装",
            ),
        )
    seen = Seen(command="systemctl is-active …; ls …", output="\n".join([*active, *left]))
    why = Text(
        en="Two installations fight for ports, files and the machine's network; kubeadm refuses to start on such remains.",
        zh="两套安装会争用端口、文件和网络；kubeadm 拒绝在残留之上初始化。",
    )
    if active:
        return Found(
            "fail",
            Text(en=f"another Kubernetes is running: {', '.join(active)}", zh=f"正在运行其他 Kubernetes：{'、'.join(active)}"),
            seen,
            why,
            Text(
                en="use another machine, or remove it in its own way (kubeadm reset, k3s-uninstall.sh, rke2-uninstall.sh, snap remove microk8s); all it holds is lost",
                zh="请换用其他机器，或按其自身方式卸载（kubeadm reset、k3s-uninstall.sh、rke2-uninstall.sh、snap remove microk8s）；其中的数据会全部丢失",
            ),
        )  # fmt: skip
    return Found(
        "fail",
        Text(en=f"remains of another Kubernetes: {', '.join(left)}", zh=f"其他 Kubernetes 的残留：{'、'.join(left)}"),
        seen,
        why,
        Text(
            en="make sure that nobody needs it, then let its own tool clean up (kubeadm reset), or move these paths away",
            zh="确认不再需要后，用其自身工具清理（kubeadm reset），或移走这些路径",
        ),
    )


@node_check(
    "runtime.containerd",
    Text(en="no other containerd or docker where ours goes", zh="没有占用相同位置的 containerd 或 docker"),
)
def containerd(node: NodeFacts, needs: Needs) -> Found:
    """Ours uses containerd's ordinary places: /run/containerd/containerd.sock, /var/lib/containerd, /etc/containerd. docker
    brings a containerd in the same places; podman and CRI-O do not."""
    active = sorted(set(_values(node, "unit")) & {"containerd", "docker"})
    programs = [path for path in _values(node, "program") if path.endswith("/podman")]
    if not active or ours(node):
        names = Text.same(", ".join(programs)) if programs else Text(en="none", zh="无")
        return ok(
            Text(
                en="no containerd but ours, if any; beside it: {names}", zh="没有其他 containerd；另有：{names}"
            ).format(names=names),
            "runtimes",
        )
    return Found(
        "fail",
        Text(en=f"another container runtime is running: {', '.join(active)}", zh=f"正在运行其他容器运行时：{'、'.join(active)}"),
        "runtimes",
        Text(
            en="Our containerd uses the same socket and folders; each would destroy the other's containers.",
            zh="我们的 containerd 使用相同的套接字和目录，会互相破坏容器。",
        ),
        Text(
            en="use a machine without it, or stop it after moving its containers away (the command)",
            zh="请换用没有它的机器，或迁走其容器后停用（见命令）",
        ),
        f"systemctl disable --now {' '.join([*(f'{u}.socket' for u in active if u == 'docker'), *active])}",
    )  # fmt: skip


@node_check("runtime.cni", Text(en="no other network plugin is configured", zh="没有其他 CNI 网络配置"))
def cni(node: NodeFacts, needs: Needs) -> Found:
    """Cilium takes the folder for itself (cni.exclusive renames others' files to *.cilium_bak), which breaks podman's
    or CRI-O's networks."""
    if "/etc/cni/net.d" not in _values(node, "left") or ours(node):
        return ok(Text(en="none", zh="无"), "runtimes")
    return Found(
        "warn",
        Text(en="/etc/cni/net.d already holds network configurations", zh="/etc/cni/net.d 中已有网络配置"),
        "runtimes",
        Text(
            en="The cluster's network takes this folder over and renames what is in it until it is taken back.",
            zh="集群网络会接管该目录并重命名其中的文件，直到撤销安装。",
        ),
        Text(
            en="see whose they are (ls /etc/cni/net.d); move them away when nobody needs them",
            zh="查看其归属（ls /etc/cni/net.d），不需要时请移走",
        ),
    )
