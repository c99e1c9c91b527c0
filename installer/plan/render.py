"""The plan for people: a short list on the terminal, a whole page to be signed."""

from __future__ import annotations

from rich.table import Table

from installer.common.paths import version
from installer.common.text import Language, Text
from installer.models.plan import Change, Plan, PlannedStep
from installer.models.site import Site


def expected_seconds(plan: Plan) -> float:
    """How long the run should take: the nodes of a stage work side by side."""
    longest: dict[str, float] = {}
    for step in plan.steps:
        longest[step.stage] = max(step.seconds, longest.get(step.stage, 0))
    return sum(longest.values())


def summary(plan: Plan) -> Table:
    """One line per stage: where, what, how many changes, how long."""
    heads = [
        Text(en="stage", zh="阶段"),
        Text(en="what", zh="内容"),
        Text(en="where", zh="位置"),
        Text(en="changes", zh="改动"),
        Text(en="about", zh="约需"),
    ]
    total = expected_seconds(plan)
    caption = Text(
        en="About {minutes:.1f} minutes. Every step can be taken back: `slipway rollback`. All changes: `slipway plan --markdown`.",
        zh="约需 {minutes:.1f} 分钟。每个步骤均可撤销：`slipway rollback`。全部改动见 `slipway plan --markdown`。",
    ).format(minutes=total / 60)
    table = Table(box=None, caption=str(caption), caption_justify="left", padding=(0, 2, 0, 0))
    for head in heads:
        table.add_column(str(head), justify="right" if head in heads[3:] else "left")
    for stage, steps in _by_stage(plan).items():
        where = ", ".join(step.node for step in steps) if steps[0].node else str(_CLUSTER)
        changes = sum(len(step.changes) for step in steps)
        seconds = max(step.seconds for step in steps)
        table.add_row(stage, str(steps[0].title), where, str(changes), f"{seconds:.0f} s")
    return table


_CLUSTER = Text(en="cluster", zh="集群")
_WORDS = {
    "title": Text(en="Installation plan", zh="安装计划"),
    "site": Text(en="Site", zh="站点"),
    "version": Text(en="Slipway", zh="Slipway"),
    "bundle": Text(en="Bundle", zh="安装包"),
    "digest": Text(en="Plan digest", zh="计划摘要"),
    "nodes": Text(en="Nodes", zh="节点"),
    "expected": Text(en="Expected duration", zh="预计用时"),
    "minutes": Text(en="minutes", zh="分钟"),
    "on": Text(en="On", zh="位置"),
    "changes": Text(en="Changes", zh="改动"),
    "none": Text(
        en="Nothing is changed; the stage proves what the ones before it did.", zh="不作改动；验证之前各阶段的结果。"
    ),
    "kind": Text(en="Kind", zh="类别"),
    "target": Text(en="Target", zh="对象"),
    "what": Text(en="What", zh="内容"),
    "undo": Text(en="Undo", zh="撤销方式"),
    "signed": Text(en="Approved by (name, date, signature)", zh="批准人（姓名、日期、签字）"),
}


def to_markdown(plan: Plan, site: Site, lang: Language) -> str:
    """The whole plan as a page in one language: every change, where, how it is undone, how long."""

    def say(text: Text) -> str:
        return str(getattr(text, lang))

    word = {key: say(text) for key, text in _WORDS.items()}
    nodes = ", ".join(f"{node.name} ({node.address}; {', '.join(node.roles)})" for node in site.nodes)
    lines = [
        f"# {word['title']}",
        "",
        f"- {word['site']}: {site.metadata.name}",
        f"- {word['version']}: {version()}; Kubernetes {site.kubernetes.version}",
        f"- {word['bundle']}: {plan.bundle_digest}",
        f"- {word['nodes']}: {nodes}",
        f"- {word['expected']}: {expected_seconds(plan) / 60:.1f} {word['minutes']}",
        f"- {word['digest']}: {plan.digest}",
    ]
    for number, (stage, steps) in enumerate(_by_stage(plan).items(), 1):
        where = ", ".join(step.node for step in steps) if steps[0].node else say(_CLUSTER)
        lines += ["", f"## {number}. {say(steps[0].title)} (`{stage}`)", "", f"{word['on']}: {where}", ""]
        changes = _changes(steps)
        if changes:
            lines += [f"| {word['kind']} | {word['target']} | {word['what']} |", "|---|---|---|"]
            lines += [f"| {c.kind} | `{c.target}` | {say(c.text)} |" for c in changes]
            lines += ["", f"{word['undo']}: {say(steps[0].undo)}"]
        else:
            lines += [word["none"]]
    return "\n".join([*lines, "", f"{word['signed']}: ____________________", ""])


def _by_stage(plan: Plan) -> dict[str, list[PlannedStep]]:
    stages: dict[str, list[PlannedStep]] = {}
    for step in plan.steps:
        stages.setdefault(step.stage, []).append(step)
    return stages


def _changes(steps: list[PlannedStep]) -> list[Change]:
    """What the steps of a stage change; what is the same on every node once, what is not with the node's name."""
    found: dict[tuple[str, str, str], list[Change]] = {}
    for step in steps:
        for change in step.changes:
            found.setdefault((change.kind, change.target, change.text.en), []).append(change)
    return [
        same[0]
        if len(same) == len(steps)
        else same[0].model_copy(update={"target": f"{', '.join(c.node for c in same)}: {same[0].target}"})
        for same in found.values()
    ]
