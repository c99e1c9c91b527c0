"""A difference in words."""

from __future__ import annotations

from installer.common.text import Text

SECTIONS = {
    "files": Text(en="file", zh="文件"),
    "units": Text(en="unit", zh="服务单元"),
    "accounts": Text(en="account", zh="账户"),
    "packages": Text(en="package", zh="软件包"),
    "processes": Text(en="processes", zh="进程"),
    "cgroups": Text(en="control group", zh="控制组"),
    "mounts": Text(en="mount", zh="挂载"),
    "bpf": Text(en="BPF", zh="BPF"),
    "links": Text(en="link", zh="网络接口"),
    "addresses": Text(en="address", zh="地址"),
    "routes": Text(en="route", zh="路由"),
    "rules": Text(en="routing rule", zh="路由规则"),
    "qdiscs": Text(en="traffic control", zh="流量控制"),
    "iptables": Text(en="iptables", zh="iptables"),
    "nft": Text(en="nftables", zh="nftables"),
    "listeners": Text(en="listening socket", zh="监听端口"),
    "swap": Text(en="swap", zh="交换空间"),
    "sysctls": Text(en="kernel setting", zh="内核参数"),
    "modules": Text(en="kernel module", zh="内核模块"),
}
"""What a section's keys are called; also the list of all sections."""

_NEW = Text(en="{name} {key}: is new ({after})", zh="{name} {key}：新增（{after}）")
_GONE = Text(en="{name} {key}: is gone (was {before})", zh="{name} {key}：缺失（原为 {before}）")
_CHANGED = Text(en="{name} {key}: was {before}, is {after}", zh="{name} {key}：原为 {before}，现为 {after}")
_UNREAD = Text(en="{name}: could not be read: {why}", zh="{name}：无法读取：{why}")
_BECAUSE = Text(en="{what}; {reason}", zh="{what}；{reason}")

LONGEST = 160
"""Characters of a value that are shown: enough for any line but a whole nftables rule."""


def describe(section: str, key: str, before: str | None, after: str | None, reason: str = "") -> Text:
    """One line about one difference, in both languages."""
    name = SECTIONS.get(section, Text.same(section))
    if key == "unavailable":
        what = _UNREAD.format(name=name, why=_short(after or before or ""))
    else:
        template = _NEW if before is None else _GONE if after is None else _CHANGED
        what = template.format(name=name, key=_short(key), before=_short(before or ""), after=_short(after or ""))
    return _BECAUSE.format(what=what, reason=_short(reason)) if reason else what


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
