"""The acceptance report as a page and as data."""

from __future__ import annotations

from pathlib import Path

from installer.accept.report import AcceptanceReport, Evidence, Trial, save, to_markdown
from installer.common.errors import ErrorReport
from installer.common.text import Text


def report(error: ErrorReport | None = None) -> AcceptanceReport:
    seen = Evidence(text=Text(en="accuracy", zh="准确率"), value="0.95", wanted="> 0.9")
    return AcceptanceReport(
        site="plant",
        version="0.1.0",
        bundle_digest="sha256:ab",
        kubernetes="v1.37.2",
        nodes=["n1", "n2"],
        started_at="2026-11-24T00:00:00Z",
        trials=[Trial(id="train", title=Text(en="Training", zh="训练"), seconds=12.34, evidence=[seen], error=error)],
    )


def test_the_page_says_what_was_seen_in_each_language() -> None:
    english, chinese = to_markdown(report(), "en"), to_markdown(report(), "zh")
    assert "**accepted**" in english
    assert "## ✓ Training (12.3 s)" in english
    assert "| accuracy | 0.95 | > 0.9 |" in english
    assert "**合格**" in chinese
    assert "| 准确率 | 0.95 | > 0.9 |" in chinese


def test_one_failed_trial_makes_the_whole_not_accepted() -> None:
    bad = report(ErrorReport(what=Text(en="too low", zh="过低")))
    assert not bad.good
    assert "not accepted" in to_markdown(bad, "en")
    assert "> too low" in to_markdown(bad, "en")


def test_a_saved_report_reads_back_the_same(tmp_path: Path) -> None:
    path = save(report(), tmp_path)
    assert AcceptanceReport.model_validate_json(path.with_suffix(".json").read_text()) == report()
    assert path.with_name("acceptance.zh.md").exists()
