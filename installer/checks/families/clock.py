"""Clocks: of the nodes against each other, and what keeps them right."""

from __future__ import annotations

from statistics import median

from installer.checks.needs import Needs
from installer.checks.registry import Found, node_check, ok, site_check
from installer.common.text import Text
from installer.models.facts import Facts, NodeFacts, Seen

WARN, FAIL = 1.0, 30.0
INSTALLER = 60.0


@site_check("clock.offset", Text(en="the nodes' clocks agree", zh="各节点时钟一致"))
def offset(facts: Facts, needs: Needs) -> list[Found]:
    """Offset from the median of all nodes (so one wrong clock is named, not all others), corrected by the round trip. Fail
    from 30 s (k0s' limit; leases of 15 to 40 s expire wrongly), warn from 1 s (logs out of order, etcd warns at 1 s)."""
    if not facts.nodes:
        return []
    middle = median(n.clock_offset for n in facts.nodes)
    results = []
    for node in facts.nodes:
        # With two nodes the median lies between them and neither is right: compare with the first.
        reference = facts.nodes[0].clock_offset if len(facts.nodes) == 2 else middle
        away = node.clock_offset - reference
        certain = max(0.0, abs(away) - node.clock_uncertainty)
        seen = Seen(command="date +%s.%N", output=f"{away:+.3f} s ± {node.clock_uncertainty:.3f} s")
        if certain < WARN:
            results.append(Found("ok", Text(en="the clock agrees", zh="时钟一致"), seen, node=node.node.name))
            continue
        results.append(
            Found(
                "fail" if certain >= FAIL else "warn",
                Text(en=f"the clock is {away:+.1f} s off the other nodes'", zh=f"时钟与其他节点相差 {away:+.1f} 秒"),
                seen,
                Text(
                    en="Certificates are not yet or no longer valid, leases expire wrongly, logs are out of order.",
                    zh="会导致证书尚未生效或已过期、租约误判、日志乱序。",
                ),
                Text(
                    en="let chrony or systemd-timesyncd follow a time server all nodes reach; once by hand: date -s @SECONDS",
                    zh="请让 chrony 或 systemd-timesyncd 跟随所有节点可达的时间服务器；手动校准一次：date -s @秒数",
                ),
                node=node.node.name,
            )
        )
    return results


@site_check(
    "clock.installer", Text(en="the nodes' clocks agree with the installer's machine", zh="节点时钟与安装机一致")
)
def installer(facts: Facts, needs: Needs) -> Found | list[Found]:
    """Warn from 60 s: the site's CA is made here, and kubeadm dates certificates back by 5 minutes only."""
    if not facts.nodes:
        return []
    middle = median(n.clock_offset for n in facts.nodes)
    seen = Seen(command="date +%s.%N", output=f"{middle:+.3f} s")
    if abs(middle) < INSTALLER:
        return ok(Text(en="agrees with this machine", zh="与本机一致"), seen)
    return Found(
        "warn",
        Text(en=f"the nodes' clocks are {middle:+.0f} s off this machine's", zh=f"节点时钟与本机相差 {middle:+.0f} 秒"),
        seen,
        Text(en="Certificates made here may not be valid yet on the nodes.", zh="本机签发的证书在节点上可能尚未生效。"),
        Text(en="set this machine's clock, or the nodes'", zh="请校准本机或节点的时钟"),
    )


@node_check("clock.synchronised", Text(en="something keeps the clock right", zh="有时间同步服务"))
def synchronised(node: NodeFacts, needs: Needs) -> Found:
    """systemd's NTPSynchronized (the kernel's own flag, set by chrony, ntpd and timesyncd alike)."""
    if node.clock_synchronised:
        return ok(Text(en="the clock is synchronised", zh="时钟已同步"), "timedate")
    if needs.profile == "lab":
        return ok(Text(en="lab machines share the host's clock", zh="实验机共用宿主机时钟"), "timedate")
    return Found(
        "warn",
        Text(en="nothing keeps the clock synchronised", zh="没有时间同步"),
        "timedate",
        Text(
            en="Clocks drift apart by seconds a week; the cluster depends on them.",
            zh="时钟每周会偏移数秒，而集群依赖时钟一致。",
        ),
        Text(
            en="point chrony or systemd-timesyncd to a time server inside the network; one of the nodes can serve the others",
            zh="请将 chrony 或 systemd-timesyncd 指向内网时间服务器；也可由某个节点为其他节点授时",
        ),
    )


@node_check("clock.rtc", Text(en="the hardware clock runs in UTC", zh="硬件时钟使用 UTC"))
def rtc(node: NodeFacts, needs: Needs) -> Found:
    """timedatectl(1) warns of an RTC in local time: after a boot the clock is hours off until it is synchronised."""
    if not node.rtc_local:
        return ok(Text(en="in UTC", zh="使用 UTC"), "timedate")
    return Found(
        "warn",
        Text(en="the hardware clock is in local time", zh="硬件时钟使用本地时间"),
        "timedate",
        Text(
            en="After each boot the clock is off by the time zone until it is set right; certificates then look invalid.",
            zh="每次启动后时钟会偏差一个时区，直到校准；期间证书会显得无效。",
        ),
        Text(en="run the command", zh="执行该命令"),
        "timedatectl set-local-rtc 0",
    )
