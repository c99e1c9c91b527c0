"""What is wrong with a description: where, and in both languages what and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlplatform.models.base import Text


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong with a file. Lines and columns count from 1."""

    file: Path
    line: int
    column: int
    field: str
    """The path inside the document, its parts joined by dots; empty for what concerns the whole file."""
    message: Text

    def show(self, language: str) -> str:
        where = f"{self.file}:{self.line}:{self.column}: "
        return where + (f"{self.field}: " if self.field else "") + self.message.of(language)

    def as_json(self) -> dict[str, object]:
        return {
            "file": str(self.file),
            "line": self.line,
            "column": self.column,
            "field": self.field,
            "message": self.message.model_dump(),
        }


class InvalidDescription(Exception):
    """Descriptions are wrong; `mistakes` has every mistake that was found."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(m.show("en") for m in mistakes))
        self.mistakes = mistakes

    def show(self, language: str) -> str:
        return "\n".join(m.show(language) for m in self.mistakes)
