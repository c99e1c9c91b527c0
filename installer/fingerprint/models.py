"""The models of this package: a node's state, what differs between two, what an undo did."""

from __future__ import annotations

from pydantic import Field

from installer.common.text import Text
from installer.fingerprint.texts import describe
from installer.models.base import Model

Touches = dict[str, list[str]]
"""Section → patterns of the keys that a stage may change; `*` stands for any characters, `/` included."""


class Fingerprint(Model):
    """The state of a node at one moment: section → key → value, each one line of text (docs/undo.md)."""

    label: str
    taken_at: str
    """RFC 3339, UTC, by the node's clock."""
    sections: dict[str, dict[str, str]]
    contents: dict[str, str] = Field(default_factory=dict)
    """What undo needs beyond that: path → content in base64, or `kept:` and the hash of a copy on the node."""


class Difference(Model):
    """One key that differs. `before` or `after` is None where it is not there."""

    section: str
    key: str
    before: str | None
    after: str | None
    reason: str = ""
    """Why undo could not put it back."""

    @property
    def text(self) -> Text:
        """The difference as one line for people."""
        return describe(self.section, self.key, self.before, self.after, self.reason)


class UndoReport(Model):
    """What an undo did: put back, left alone because it is somebody else's, failed (with the reason)."""

    done: list[Difference]
    left: list[Difference]
    failed: list[Difference]
