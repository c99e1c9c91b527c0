"""The checks as data. A check is a pure function with an id; a file of `families` holds those of one family.

A node check looks at one node that could be read; a site check looks at all of them together, for what only shows in
comparison. Each returns what it found, also when all is well: a person wants to see that it was looked at.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace

from installer.checks.needs import Needs
from installer.common.text import Text
from installer.models.facts import Facts, NodeFacts, Seen
from installer.models.finding import Finding, Fix, Severity


@dataclass(frozen=True)
class Found:
    """One result of a check, before it is put together with its evidence and its id.

    `seen` names sections of the node's report, or holds the evidence itself.
    """

    severity: Severity
    title: Text
    seen: str | Seen = ""
    why: Text | None = None
    fix: Text | None = None
    action: str | None = None
    node: str = ""


def ok(title: Text, seen: str | Seen = "") -> Found:
    return Found("ok", title, seen)


NodeCheck = Callable[[NodeFacts, Needs], Found | list[Found]]
SiteCheck = Callable[[Facts, Needs], Found | list[Found]]


@dataclass(frozen=True)
class Check:
    """`about` says what is looked at; the function's docstring gives thresholds and their source."""

    id: str
    about: Text
    function: NodeCheck | SiteCheck
    scope: str
    unreadable_too: bool = False

    @property
    def family(self) -> str:
        return self.id.partition(".")[0]

    @property
    def source(self) -> str:
        return inspect.getdoc(self.function) or ""


REGISTRY: dict[str, Check] = {}


def node_check(id: str, about: Text, *, unreadable_too: bool = False) -> Callable[[NodeCheck], NodeCheck]:
    """Register a check of single nodes; `unreadable_too`: also of those whose report could not be had."""

    def register(function: NodeCheck) -> NodeCheck:
        REGISTRY[id] = Check(id, about, function, "node", unreadable_too)
        return function

    return register


def site_check(id: str, about: Text) -> Callable[[SiteCheck], SiteCheck]:
    """Register a check of all nodes together; it sees only those that could be read."""

    def register(function: SiteCheck) -> SiteCheck:
        REGISTRY[id] = Check(id, about, function, "site")
        return function

    return register


def readable(node: NodeFacts) -> bool:
    """Whether the node's report could be had; a node without python3 still gave one."""
    return node.problem in ("", "no-python")


def ours(node: NodeFacts) -> bool:
    """Whether Slipway itself has installed on the node; then what runs and lies there is its own."""
    return any(item.startswith("slipway:") for item in node.runtimes)


def run_check(check: Check, facts: Facts, needs: Needs) -> list[Finding]:
    """What one check finds."""
    nodes = {n.node.name: n for n in facts.nodes}
    results: list[Found] = []
    if check.scope == "node":
        for name, node in nodes.items():
            if readable(node) or check.unreadable_too:
                results += [replace(f, node=name) for f in _listed(check.function(node, needs))]  # type: ignore[arg-type]
    else:
        some = facts.model_copy(update={"nodes": [n for n in facts.nodes if readable(n)]})
        results += _listed(check.function(some, needs))  # type: ignore[arg-type]
    return [_finding(check, found, nodes.get(found.node)) for found in results]


def _listed(found: Found | list[Found]) -> list[Found]:
    return found if isinstance(found, list) else [found]


def _finding(check: Check, found: Found, node: NodeFacts | None) -> Finding:
    seen = found.seen if isinstance(found.seen, Seen) else node.seen.get(found.seen) if node else None
    return Finding(
        id=check.id,
        family=check.family,
        severity=found.severity,
        node=found.node,
        title=found.title,
        seen=seen,
        why=found.why,
        fix=Fix(text=found.fix, action=found.action) if found.fix else None,
    )
