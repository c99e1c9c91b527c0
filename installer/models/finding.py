"""What a check found."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from installer.common.text import Text
from installer.models.base import Model
from installer.models.facts import Seen

Severity = Literal["ok", "info", "warn", "fail"]


class Fix(Model):
    """What would mend a finding: words, and the command when one does it."""

    text: Text
    action: str | None = None


class Finding(Model):
    """One result of one check on one node (`node` empty: of the whole site)."""

    id: str
    """`<family>.<check>`, stable: `memory.total`."""
    family: str
    severity: Severity
    node: str = ""
    title: Text
    seen: Seen | None = None
    why: Text | None = None
    fix: Fix | None = None
    related: list[str] = Field(default_factory=list)
    """Ids of findings with the same cause, merged in the display."""


class CheckReport(Model):
    """Every finding of a run of the checker."""

    taken_at: str
    findings: list[Finding]

    @property
    def blocked(self) -> bool:
        """Whether any finding forbids an installation."""
        return any(f.severity == "fail" for f in self.findings)
