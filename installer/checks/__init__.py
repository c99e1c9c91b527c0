"""Facts -> findings. Pure: the same facts give the same findings, here and from a saved file."""

from __future__ import annotations

import importlib
import pkgutil

from installer.checks import families
from installer.checks.merge import merge
from installer.checks.needs import Needs, needs_of
from installer.checks.registry import REGISTRY, Check, run_check
from installer.models.facts import Facts
from installer.models.finding import CheckReport, Finding

__all__ = ["Check", "Needs", "check", "needs_of", "registry"]

SEVERITIES = ("fail", "warn", "info", "ok")


def registry() -> dict[str, Check]:
    """Every check by id. A new file in `families` is found by itself."""
    for module in pkgutil.iter_modules(families.__path__, families.__name__ + "."):
        importlib.import_module(module.name)
    return dict(sorted(REGISTRY.items()))


def check(facts: Facts, needs: Needs) -> CheckReport:
    """Run every check; failures first, then by node in the order of the facts."""
    findings = [finding for one in registry().values() for finding in run_check(one, facts, needs)]
    order = {n.node.name: place for place, n in enumerate(facts.nodes)}

    def rank(finding: Finding) -> tuple[int, int, str]:
        return SEVERITIES.index(finding.severity), order.get(finding.node, -1), finding.id

    return CheckReport(taken_at=facts.taken_at, findings=sorted(merge(findings), key=rank))
