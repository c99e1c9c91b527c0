"""Small builders of the models that the screens show, and fakes of the functions behind them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from installer.accept.access import Access
from installer.common.errors import InvalidInput, SlipwayError
from installer.common.text import Text
from installer.configure import Answers, Configuration
from installer.engine import Command
from installer.models.facts import Facts, NodeFacts, Seen
from installer.models.finding import CheckReport, Finding, Fix
from installer.models.node import NodeAccess, SshAccess
from installer.models.plan import Change, Plan, PlannedStep
from installer.models.site import BundleRef, Kubernetes, Metadata, Site, SiteNode
from tui.actions import Actions
from tui.wizard import Wizard

AT = "2026-11-24T03:00:00+00:00"


def node(name: str, address: str) -> NodeAccess:
    return NodeAccess(name=name, address=address, ssh=SshAccess())


def node_facts(access: NodeAccess, **values: object) -> NodeFacts:
    known: dict[str, object] = {
        "node": access,
        "hostname": access.name,
        "os_name": "Debian GNU/Linux 12 (bookworm)",
        "cpus": 8,
        "memory_total": 32 * 2**30,
    }
    return NodeFacts.model_validate(known | values)


def facts(nodes: list[NodeAccess], **problems: str) -> Facts:
    read = [
        node_facts(n) if n.name not in problems else NodeFacts(node=n, problem="unreachable", detail=problems[n.name])
        for n in nodes
    ]
    return Facts(taken_at=AT, nodes=read)


LITTLE_MEMORY = Finding(
    id="memory.total",
    family="memory",
    severity="fail",
    node="n2",
    title=Text(en="too little memory: 1.9 GiB", zh="内存不足：1.9 GiB"),
    seen=Seen(command="cat /proc/meminfo", output="MemTotal:        2015484 kB"),
    why=Text(
        en="The control plane, the network and the database need 4 GiB; with less the kernel kills one of them.",
        zh="控制面、网络和数据库需要 4 GiB；不足时内核会杀掉其中某个进程。",
    ),
    fix=Fix(text=Text(en="Give the machine at least 4 GiB.", zh="请为机器配置至少 4 GiB 内存。")),
)
SWAP_ON = Finding(
    id="memory.swap",
    family="memory",
    severity="warn",
    node="n1",
    title=Text(en="swap is on", zh="交换分区已启用"),
    why=Text(en="Pods that are swapped out become slow without a word.", zh="被换出的 Pod 会变慢且没有提示。"),
    fix=Fix(text=Text(en="Turn it off.", zh="请将其关闭。"), action="swapoff -a"),
)
GOOD_KERNEL = Finding(
    id="kernel.version",
    family="kernel",
    severity="ok",
    node="n1",
    title=Text(en="kernel 6.1", zh="内核 6.1"),
)


def report(*findings: Finding) -> CheckReport:
    return CheckReport(taken_at=AT, findings=list(findings))


def configuration(nodes: list[NodeAccess], answers: Answers) -> Configuration:
    """What the generator makes of these machines; refuses pod networks within 10.0.0.0/16, where the machines are."""
    network = answers.pod_network or "10.244.0.0/16"
    if network.startswith("10.0."):
        raise InvalidInput(
            Text(en=f"{network} collides with 10.0.0.0/24", zh=f"{network} 与 10.0.0.0/24 冲突"),
            where="kubernetes.podNetwork",
            fix=Text(en="name another range", zh="请换用其他网段"),
        )
    site = Site(
        metadata=Metadata(name=answers.name),
        bundle=BundleRef(path="/bundle", digest="sha256:0"),
        nodes=[
            SiteNode(name=n.name, address=n.address, ssh=n.ssh, roles=[role], interface="eth0")
            for n, role in zip_longest(nodes, ["control-plane"], fillvalue="worker")
        ],
        kubernetes=Kubernetes(
            version="1.37.2", endpoint="10.0.0.5:6443", pod_network=network, service_network="10.96.0.0/16"
        ),
    )
    given = Text(en="as you asked", zh="按您的指定")
    free = Text(en="free on every node", zh="所有节点均未使用")
    return Configuration(site=site, reasons={"kubernetes.podNetwork": given if answers.pod_network else free})


def plan(*names: str) -> Plan:
    """Two stages on each machine, one on the cluster."""
    steps = [
        PlannedStep(
            id=f"nodes/{name}/{stage}",
            stage=stage,
            node=name,
            title=title,
            after=[],
            changes=[
                Change(
                    node=name,
                    kind="file",
                    target=f"/etc/{stage}.conf",
                    text=Text(en="settings of the kernel", zh="内核参数"),
                )
            ],
            undo=Text(en="The file is removed.", zh="删除该文件。"),
            seconds=seconds,
        )
        for stage, title, seconds in (
            ("prepare", Text(en="Prepare the machine", zh="准备机器"), 5.0),
            ("runtime", Text(en="Container runtime", zh="容器运行时"), 20.0),
        )
        for name in names
    ]
    network = PlannedStep(
        id="cluster/network",
        stage="network",
        node="",
        title=Text(en="Network (Cilium)", zh="网络（Cilium）"),
        after=[steps[-1].id],
        changes=[],
        undo=Text(en="Its objects are removed.", zh="删除其对象。"),
        seconds=40.0,
    )
    return Plan(site_digest="s", bundle_digest="b", digest="p", steps=[*steps, network])


@dataclass
class Fake(Actions):
    """The functions behind the screens, answering from what a test put here."""

    reports: list[CheckReport] = field(default_factory=list)
    """What `check` finds, call by call; the last one again and again."""
    problems: dict[str, str] = field(default_factory=dict)
    held: threading.Event | None = None
    """When set, `probe` waits for it after the first machine."""
    broken: SlipwayError | None = None
    on_start: Callable[[Fake], None] | None = None
    """Stands in for the engine's work whenever one is started."""
    calls: list[str] = field(default_factory=list)

    def open_bundle(self, path: Path) -> object:  # type: ignore[override]
        self.calls.append(f"open_bundle {path}")
        if not (path / "bundle.json").exists():
            raise InvalidInput(Text(en="no bundle here", zh="这里没有安装包"), where=str(path))
        return object()

    def probe(self, nodes: list[NodeAccess], on_node: Callable[[NodeFacts], None]) -> Facts:
        self.calls.append("probe")
        if self.broken:
            raise self.broken
        seen = facts(nodes, **self.problems)
        for index, one in enumerate(seen.nodes):
            on_node(one)
            if index == 0 and self.held:
                self.held.wait()
        return seen

    def check(self, facts: Facts, wizard: Wizard) -> CheckReport:
        self.calls.append("check")
        return self.reports.pop(0) if len(self.reports) > 1 else self.reports[0]

    def configure(self, wizard: Wizard, answers: Answers) -> Configuration:
        self.calls.append("configure")
        return configuration(wizard.nodes, answers)

    def would_replace(self, wizard: Wizard) -> bool:
        return wizard.site_file.exists()

    def write_site(self, wizard: Wizard) -> None:
        self.calls.append("write_site")

    def make_plan(self, wizard: Wizard) -> Plan:
        self.calls.append("make_plan")
        return plan(*(n.name for n in wizard.nodes))

    def _start(self, what: str) -> None:
        self.calls.append(what)
        if self.on_start:
            self.on_start(self)

    def install(self, wizard: Wizard) -> None:
        self._start("install")

    def retry(self, wizard: Wizard) -> None:
        self._start("retry")

    def undo_step(self, wizard: Wizard) -> None:
        self._start("undo_step")

    def undo_all(self, wizard: Wizard) -> None:
        self._start("undo_all")

    def send(self, wizard: Wizard, command: Command) -> None:
        self.calls.append(f"send {command}")

    def access(self, wizard: Wizard) -> Access:
        return Access(
            url="https://10.0.0.5:30443",
            ca_file=wizard.run_dir / "secrets/ca.crt",
            token_file=wizard.run_dir / "secrets/admin.token",
            report=wizard.run_dir / "acceptance",
            ssh_config=wizard.run_dir / "ssh/config",
        )
