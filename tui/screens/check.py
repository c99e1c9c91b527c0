"""The second step: what the machines are and what stands in the way. Changes nothing."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Group, RenderableType
from rich.text import Text as Line
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList, Static

from installer.checks import registry
from installer.checks.merge import is_consequence
from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.models.facts import Facts, NodeFacts
from installer.models.finding import Finding
from tui.background import in_background
from tui.frame import Frame
from tui.screens.nodes import way_to
from tui.texts import FIX, SEEN, SEVERITY, WHY
from tui.widgets import Browser, Row, columns, labelled

LOOKED_AT = Text(en="Looked at", zh="检查项")
GOES_WITH_IT = Text(en="Goes with it, from the same cause", zh="同一原因引起")


class NodeRead(Message):
    """The probe has a report of one machine."""

    def __init__(self, facts: NodeFacts) -> None:
        super().__init__()
        self.facts = facts


class CheckScreen(Frame):
    step = 1
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "next", "next"),
        Binding("escape", "back", "back"),
        Binding("f5", "again", "again"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.read: dict[str, NodeFacts] = {}
        self.busy = False

    def body(self) -> ComposeResult:
        yield OptionList(id="machines", markup=False)
        yield Static(self._summary(), id="summary", markup=False)
        yield Browser(self._rows())

    def on_mount(self) -> None:
        self.query_one("#list").focus()
        self.probe()

    @work(exclusive=True)
    async def probe(self) -> None:
        """Read the machines, then judge what was read."""
        wizard, actions = self.wizard, self.slipway.actions
        self.read, self.busy = {}, True
        wizard.facts = wizard.report = wizard.configuration = None
        self.show_problems()
        self.bring_up_to_date()
        try:
            facts = await in_background(lambda: actions.probe(wizard.accesses(), self.tell))
            wizard.report = await in_background(lambda: actions.check(facts, wizard))
            self._take(facts)
        except SlipwayError as error:
            self.show_problems(error)
        finally:
            self.busy = False
        self.bring_up_to_date()

    def tell(self, node: NodeFacts) -> None:
        """Called in the thread of the probe for each machine as it is read."""
        self.post_message(NodeRead(node))

    def _take(self, facts: Facts) -> None:
        self.wizard.facts = facts
        self.read = {node.node.name: node for node in facts.nodes}

    def on_node_read(self, message: NodeRead) -> None:
        self.read[message.facts.node.name] = message.facts
        self.bring_up_to_date()

    def action_again(self) -> None:
        if not self.busy:
            self.probe()

    def action_back(self) -> None:
        self.slipway.go("nodes")

    def action_next(self) -> None:
        self.slipway.go("configure")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # None: shown, but greyed out
        match action:
            case "next":
                return True if self.wizard.report and not self.wizard.report.blocked else None
            case "again":
                return None if self.busy else True
        return True

    def show_state(self) -> None:
        machines = self.query_one("#machines", OptionList)
        machines.clear_options()
        machines.add_options([self._machine(node.name, way_to(node)) for node in self.wizard.nodes])
        self.query_one("#summary", Static).update(self._summary())
        self.query_one(Browser).show(self._rows())

    def _machine(self, name: str, way: str) -> RenderableType:
        facts = self.read.get(name)
        if facts is None:
            reading = Text(en="reading…", zh="读取中…") if self.busy else Text(en="not read", zh="未读取")
            state = Line(f"► {reading}", "cyan")
        elif facts.problem:
            state = Line(f"✗ {facts.problem}: {facts.detail}", "bold red")
        else:
            size = f"{facts.cpus} CPU, {facts.memory_total / 2**30:.1f} GiB, {facts.os_name or facts.os_id}"
            state = Line(f"✓ {size}", "green")
        return columns((name, 16), (way, 24), (state, None))

    def _summary(self) -> Line:
        if self.busy:
            text = Text(en="Reading the machines: {n} of {of}", zh="正在读取机器：{n}/{of}")
            return Line(str(text.format(n=len(self.read), of=len(self.wizard.nodes))), "bold")
        report = self.wizard.report
        if report is None:
            return Line("")
        line = Line()
        for severity, (symbol, style, name) in SEVERITY.items():
            count = sum(f.severity == severity for f in report.findings)
            line.append(f"{symbol} {count} {name}   ", style if count else "dim")
        return line

    def _rows(self) -> list[Row]:
        report = self.wizard.report
        if report is None:
            return []
        found = report.findings
        return [
            Row(f"{finding.id} {finding.node} {number}", _line(finding), _detail(finding, found))
            for number, finding in enumerate(found)
            if not is_consequence(finding, found)
        ]


def _about(finding: Finding) -> Text | None:
    """What was looked at, in the words of the check."""
    check = registry().get(finding.id)
    return check.about if check else None


def _line(finding: Finding) -> RenderableType:
    """What is wrong, or what is well: of that, what was looked at says more than what was found."""
    symbol, style, _ = SEVERITY[finding.severity]
    everywhere = Text(en="all", zh="全部")
    words = _about(finding) if finding.severity == "ok" else None
    return columns((Line(symbol, style), 1), (finding.node or str(everywhere), 12), (str(words or finding.title), None))


def _detail(finding: Finding, among: list[Finding]) -> RenderableType:
    symbol, style, name = SEVERITY[finding.severity]
    parts: list[RenderableType] = [Line(f"{symbol} {name}: {finding.title}", style)]
    if finding.why:
        parts.append(labelled(WHY, Line(str(finding.why))))
    if finding.fix:
        fix = Line(str(finding.fix.text))
        if finding.fix.action:
            fix.append(f"\n$ {finding.fix.action}", "cyan")
        parts.append(labelled(FIX, fix))
    if about := _about(finding):
        parts.append(labelled(LOOKED_AT, Line(str(about))))
    if finding.seen:
        parts.append(labelled(SEEN, Line(f"$ {finding.seen.command}\n{finding.seen.output}", "dim")))
    consequences = [f for f in among if f.id in finding.related and f.node == finding.node]
    if consequences:
        parts.append(labelled(GOES_WITH_IT, Group(*(_detail(one, among) for one in consequences))))
    return Group(*parts)
