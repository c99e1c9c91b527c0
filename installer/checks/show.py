"""A report on a terminal: node by node, failures first, each with what was seen, why it matters and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from installer.checks.merge import is_consequence
from installer.common.text import Text
from installer.models.facts import Facts, NodeFacts
from installer.models.finding import CheckReport, Finding, Severity

SIGNS: dict[Severity, tuple[str, str]] = {
    "fail": ("✗", "bold red"),
    "warn": ("!", "bold yellow"),
    "info": ("i", "cyan"),
    "ok": ("✓", "green"),
}
COMMAND = Text(en="command", zh="命令")
SEEN_LINES, WIDEST = 4, 110
SITE = Text(en="between the nodes", zh="节点之间")


def show_report(report: CheckReport, facts: Facts, console: Console) -> None:
    """Print the whole report; what is well is counted, not listed."""
    for node in facts.nodes:
        _group(_heading(node), [f for f in report.findings if f.node == node.node.name], console)
    if len(facts.nodes) > 1:
        _group(Line(str(SITE), style="bold"), [f for f in report.findings if not f.node], console)
    console.print(_summary(report))


def _heading(node: NodeFacts) -> Line:
    where = f"{node.node.ssh.user}@{node.node.address}" if node.node.ssh else str(Text(en="this machine", zh="本机"))
    about = [where]
    if node.os_name:
        about += [
            node.os_name,
            str(Text(en=f"{node.cpus} processors", zh=f"{node.cpus} 个处理器")),
            f"{node.memory_total / 1024**3:.1f} GiB",
        ]
    return Line.assemble((node.node.name, "bold"), "  ", " · ".join(about))


def _group(heading: Line, findings: list[Finding], console: Console) -> None:
    console.print(heading)
    told = [f for f in findings if f.severity != "ok" and not is_consequence(f, findings)]
    for finding in told:
        _finding(finding, findings, console, indent=2)
    well = sum(f.severity == "ok" for f in findings)
    if well:
        sign, style = SIGNS["ok"]
        line = Line.assemble((sign, style), " ", str(Text(en=f"{well} checks found all well", zh=f"{well} 项检查正常")))
        console.print(Padding(line, (0, 0, 0, 2), expand=False))
    console.print()


def _finding(finding: Finding, among: list[Finding], console: Console, indent: int) -> None:
    sign, style = SIGNS[finding.severity]
    head = Line.assemble((f"{sign} {finding.title}", style), (f"  {finding.id}", "dim"))
    console.print(Padding(head, (0, 0, 0, indent), expand=False))
    if finding.severity in ("warn", "fail"):
        details = Table.grid(padding=(0, 2, 0, 0))
        details.add_column(style="dim", no_wrap=True)
        details.add_column(overflow="fold")
        for label, words in _details(finding):
            details.add_row(str(label), words)
        console.print(Padding(details, (0, 0, 0, indent + 2), expand=False))
        if finding.fix and finding.fix.action:
            # On one line however long: it is there to be copied.
            console.print(f"{' ' * (indent + 2)}{COMMAND}  {finding.fix.action}", soft_wrap=True, markup=False)
    for related in [f for f in among if f.id in finding.related]:
        _finding(related, among, console, indent + 4)


def _details(finding: Finding) -> Iterator[tuple[Text, str]]:
    if finding.seen:
        lines = [f"$ {finding.seen.command.splitlines()[0]}", *finding.seen.output.splitlines()[:SEEN_LINES]]
        yield (
            Text(en="seen", zh="所见"),
            "\n".join(line if len(line) < WIDEST else line[:WIDEST] + "…" for line in lines),
        )
    if finding.why:
        yield Text(en="why", zh="原因"), str(finding.why)
    if finding.fix:
        yield Text(en="to do", zh="处理"), str(finding.fix.text)


def _summary(report: CheckReport) -> Line:
    count = {s: sum(f.severity == s for f in report.findings) for s in SIGNS}
    words = Text(
        en=f"{count['fail']} failures, {count['warn']} warnings, {count['ok']} well",
        zh=f"{count['fail']} 项失败，{count['warn']} 项警告，{count['ok']} 项正常",
    )
    if report.blocked:
        blocked = Text(en="nothing can be installed before the failures are mended", zh="失败项处理完之前无法安装")
        return Line(f"✗ {words}: {blocked}", style="bold red")
    return Line(f"✓ {words}", style="bold green")
