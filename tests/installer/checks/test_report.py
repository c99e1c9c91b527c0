"""The report as a whole: order, merging, texts, the page in docs."""

from __future__ import annotations

import re
from io import StringIO

from rich.console import Console

from installer.checks import Needs, check, registry
from installer.checks.docs import PAGE, page
from installer.checks.merge import CAUSES, is_consequence
from installer.checks.show import show_report
from installer.common.paths import ROOT
from installer.common.text import use_language
from installer.models.facts import Facts
from tests.installer.checks.test_families import BAD
from tests.installer.machines import machine, site


def clones() -> Facts:
    same = {"machine_id": f"{1:032x}", "host_key": "ssh-ed25519 AAAA0001", "hostname": "n1"}
    return site(machine(1), machine(2, **same))


def test_failures_come_first() -> None:
    report = check(site(machine(1, cpus=2), machine(2, swap_total=1)), Needs())
    severities = [f.severity for f in report.findings]
    assert severities == sorted(severities, key=["fail", "warn", "info", "ok"].index)


def test_good_machines_do_not_block() -> None:
    assert not check(site(machine(1), machine(2)), Needs()).blocked


def test_findings_of_one_cause_are_told_together() -> None:
    findings = check(clones(), Needs()).findings
    cause = next(f for f in findings if f.id == "identity.machine-id" and f.node == "n2")
    assert set(cause.related) == {"identity.host-key", "identity.hostname-unique"}
    assert is_consequence(next(f for f in findings if f.id == "identity.host-key" and f.node == "n2"), findings)
    assert not is_consequence(cause, findings)


def test_causes_name_checks_that_exist() -> None:
    named = {*CAUSES, *(id for ids in CAUSES.values() for id in ids)}
    assert named <= set(registry())


def test_same_facts_same_findings() -> None:
    facts = clones()
    assert check(facts, Needs()) == check(Facts.model_validate_json(facts.model_dump_json()), Needs())


def test_every_text_is_in_both_languages() -> None:
    chinese = re.compile(r"[\u4e00-\u9fff]")
    for _, facts, needs, _ in BAD:
        for finding in check(facts(), needs).findings:
            if finding.severity in ("warn", "fail"):
                assert finding.why and chinese.search(finding.why.zh) and not chinese.search(finding.why.en)
                assert finding.fix and chinese.search(finding.fix.text.zh) and not chinese.search(finding.fix.text.en)
                assert chinese.search(finding.title.zh) or finding.title.en == finding.title.zh
    for one in registry().values():
        assert chinese.search(one.about.zh) and one.source


def shown(facts: Facts, width: int) -> str:
    console = Console(width=width, record=True, file=StringIO(), highlight=False)
    show_report(check(facts, Needs()), facts, console)
    return console.export_text()


def test_shown_failures_first_with_why_and_fix() -> None:
    use_language("en")
    text = shown(site(machine(1, swap_total=2**30, cpus=2)), 100)
    assert text.index("swap are on") < text.index("2 processors  cpu.count")
    for words in ("$ see memory", "memory limits of pods", "swapoff -a", "1 failures, 1 warnings"):
        assert words in text
    use_language("zh")
    assert "立即关闭" in shown(site(machine(1, swap_total=2**30)), 100)
    use_language(None)


def test_command_to_copy_is_on_one_line() -> None:
    use_language("en")
    text = shown(site(machine(1, firewall=["firewalld"])), 60)
    assert re.search(r"command  firewall-cmd --permanent .* && firewall-cmd --reload\n", text)
    use_language(None)


def test_page_is_up_to_date() -> None:
    """`python -m installer.checks.docs` writes it."""
    assert (ROOT / PAGE).read_text() == page()
