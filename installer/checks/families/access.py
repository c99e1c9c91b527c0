"""Can the node be reached and read at all."""

from __future__ import annotations

from installer.checks.needs import Needs
from installer.checks.registry import Found, node_check, ok
from installer.common.text import Text
from installer.models.facts import NodeFacts, Problem, Seen


def _told(problem: Problem, node: NodeFacts) -> tuple[Text, Text, Text]:
    """What, why, fix."""
    ssh = node.node.ssh
    target = f"{ssh.user}@{node.node.address} port {ssh.port}" if ssh else "this machine"
    by_hand = (
        f"ssh {f'-i {ssh.key} ' if ssh.key else ''}-p {ssh.port} {ssh.user}@{node.node.address}" if ssh else "id -u"
    )
    match problem:
        case "unreachable":
            return (
                Text(en=f"cannot connect to {target}", zh=f"无法连接 {target}"),
                Text(
                    en="No SSH server answered: the machine is off, the address or port is wrong, or a firewall drops the packets.",
                    zh="没有 SSH 服务应答：机器未开机、地址或端口有误，或被防火墙丢弃。",
                ),
                Text(
                    en=f"see whether this works from here: {by_hand}", zh=f"请确认在本机执行以下命令可以登录：{by_hand}"
                ),
            )
        case "auth":
            return (
                Text(en=f"{target} refuses the login", zh=f"{target} 拒绝登录"),
                Text(
                    en="The server answered, but the key is not accepted for this user, is missing, or is protected by a passphrase that no SSH agent holds.",
                    zh="服务器已应答，但该用户不接受此密钥；或密钥文件不存在；或密钥有口令而 SSH agent 中没有。",
                ),
                Text(
                    en=f"put the public key into ~{ssh.user if ssh else ''}/.ssh/authorized_keys on the node, or name another key with --key; then try: {by_hand}",
                    zh=f"请把公钥写入该节点 ~{ssh.user if ssh else ''}/.ssh/authorized_keys，或用 --key 指定其他密钥；然后尝试：{by_hand}",
                ),
            )
        case "hostkey":
            return (
                Text(en=f"the host key of {target} is not the pinned one", zh=f"{target} 的主机密钥与已登记的不一致"),
                Text(
                    en="The machine was installed anew, another machine has its address, or somebody sits in between. Nothing was sent to it.",
                    zh="可能是机器重装、地址被别的机器占用，或有人在中间拦截。未向其发送任何内容。",
                ),
                Text(
                    en="compare with the machine's console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); if the new key is right, remove hostKey from this node in site.yaml and run slipway configure again",
                    zh="请在机器控制台核对（ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub）；若新密钥正确，请删除 site.yaml 中该节点的 hostKey 并重新运行 slipway configure",
                ),
            )
        case "no-root":
            return (
                Text(en=f"no root rights on {target}", zh=f"在 {target} 上没有 root 权限"),
                Text(
                    en="The installer changes system files; the user is not root and sudo asks for a password.",
                    zh="安装需要修改系统文件；当前用户不是 root，且 sudo 需要输入密码。",
                ),
                Text(
                    en="log in as root, or allow the user sudo without a password (NOPASSWD: ALL)",
                    zh="请以 root 登录，或允许该用户免密 sudo（NOPASSWD: ALL）",
                ),
            )
        case _:
            return (
                Text(en=f"{target} could not be read", zh=f"无法读取 {target}"),
                Text(
                    en="The login worked, but the node's report broke off or took too long: an overloaded machine, a hanging mount, or a lost connection.",
                    zh="登录成功，但读取中断或超时：机器过载、挂载点无响应或连接中断。",
                ),
                Text(en=f"look at the machine (uptime, df), then check again; by hand: {by_hand}", zh=f"请查看该机器（uptime、df）后重新检查；手动登录：{by_hand}"),
            )  # fmt: skip


@node_check(
    "access.connection",
    Text(
        en="login by SSH as root (or sudo), with the pinned host key", zh="以 root（或 sudo）经 SSH 登录，主机密钥一致"
    ),
    unreadable_too=True,
)
def connection(node: NodeFacts, needs: Needs) -> Found:
    """The node can be reached, accepts the login, shows the pinned host key and gives root rights."""
    if node.problem in ("", "no-python"):
        return ok(Text(en="can be reached and read", zh="可以连接并读取"))
    what, why, fix = _told(node.problem, node)
    return Found("fail", what, Seen(command=f"ssh {node.node.address}", output=node.detail), why, fix)


@node_check("access.sshd-dns", Text(en="sshd does not look up names of clients", zh="sshd 不反查客户端域名"))
def sshd_dns(node: NodeFacts, needs: Needs) -> Found:
    """With UseDNS and no working DNS each login waits for a time-out (sshd_config(5): UseDNS)."""
    if not node.ssh_use_dns:
        return ok(Text(en="sshd looks up no names", zh="sshd 不做反向解析"), "sshd")
    return Found(
        "warn",
        Text(en="sshd looks up the names of its clients (UseDNS yes)", zh="sshd 会反查客户端域名（UseDNS yes）"),
        "sshd",
        Text(
            en="Without a DNS server that answers, every login waits for its time-out; an installation logs in often.",
            zh="若没有可用的 DNS，每次登录都要等待超时，而安装过程会多次登录。",
        ),
        Text(en="set UseDNS no in /etc/ssh/sshd_config and reload sshd", zh="在 /etc/ssh/sshd_config 中设置 UseDNS no 并重新加载 sshd"),
    )  # fmt: skip
