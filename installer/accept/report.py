"""The acceptance report: what was run, what was seen, how long it took. A customer signs it."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from installer.common.errors import ErrorReport
from installer.common.files import write_atomic
from installer.common.text import Language, Text
from installer.models.base import Model


class Evidence(Model):
    """One thing that was seen, and what it had to be."""

    text: Text
    value: str
    wanted: str = ""


class Trial(Model):
    """One part of the acceptance."""

    id: str
    title: Text
    seconds: float
    evidence: list[Evidence] = Field(default_factory=list)
    error: ErrorReport | None = None


class AcceptanceReport(Model):
    """The whole run. It is good when every trial is."""

    site: str
    version: str
    bundle_digest: str
    kubernetes: str
    nodes: list[str]
    started_at: str
    """RFC 3339, UTC."""
    trials: list[Trial]

    @property
    def good(self) -> bool:
        return all(trial.error is None for trial in self.trials)


_WORDS = {
    "title": Text(en="Acceptance report", zh="验收报告"),
    "site": Text(en="Site", zh="站点"),
    "version": Text(en="Slipway", zh="Slipway"),
    "kubernetes": Text(en="Kubernetes", zh="Kubernetes"),
    "bundle": Text(en="Bundle", zh="安装包"),
    "nodes": Text(en="Nodes", zh="节点"),
    "started": Text(en="Started", zh="开始时间"),
    "result": Text(en="Result", zh="结果"),
    "good": Text(en="accepted", zh="合格"),
    "bad": Text(en="not accepted", zh="不合格"),
    "seen": Text(en="Seen", zh="观察到"),
    "wanted": Text(en="Wanted", zh="要求"),
    "signed": Text(en="Accepted by (name, date, signature)", zh="验收人（姓名、日期、签字）"),
}


def to_markdown(report: AcceptanceReport, lang: Language) -> str:
    """The report as a page to print and sign, in one language."""

    def say(text: Text) -> str:
        return str(getattr(text, lang))

    word = {key: say(text) for key, text in _WORDS.items()}
    lines = [f"# {word['title']}", ""]
    for key, value in {
        "site": report.site,
        "version": report.version,
        "kubernetes": report.kubernetes,
        "bundle": report.bundle_digest,
        "nodes": ", ".join(report.nodes),
        "started": report.started_at,
        "result": f"**{word['good' if report.good else 'bad']}**",
    }.items():
        lines.append(f"- {word[key]}: {value}")
    for trial in report.trials:
        lines += ["", f"## {'✗' if trial.error else '✓'} {say(trial.title)} ({trial.seconds:.1f} s)", ""]
        if trial.evidence:
            lines += [f"| | {word['seen']} | {word['wanted']} |", "|---|---|---|"]
            lines += [f"| {say(e.text)} | {_cell(e.value)} | {_cell(e.wanted)} |" for e in trial.evidence]
        if trial.error:
            parts = (trial.error.what, trial.error.why, trial.error.fix)
            lines += ["", *(f"> {say(part)}" for part in parts if part)]
    lines += ["", f"{word['signed']}: ____________________", ""]
    return "\n".join(lines)


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", "<br>")


def save(report: AcceptanceReport, folder: Path) -> Path:
    """Write acceptance.json and acceptance.{en,zh}.md; returns the page's path without its language ending."""
    write_atomic(folder / "acceptance.json", report.model_dump_json(indent=2))
    for lang in ("en", "zh"):
        write_atomic(folder / f"acceptance.{lang}.md", to_markdown(report, lang))
    return folder / "acceptance"
