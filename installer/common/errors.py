"""The one kind of error that a person is meant to read, and the exit codes of the command line."""

from __future__ import annotations

from enum import IntEnum

from pydantic import BaseModel

from installer.common.text import Text


class ExitCode(IntEnum):
    """What a command's exit code says; the same for every command."""

    GOOD = 0
    FAILED = 1
    USAGE = 2  # wrong usage or invalid input
    BLOCKED = 3  # a check forbids to go on
    RESIDUE = 4  # something is left after a rollback
    INTERRUPTED = 130


class ErrorReport(BaseModel):
    """An error as data, for `--json` and the journal."""

    what: Text
    where: str = ""
    why: Text | None = None
    fix: Text | None = None


class SlipwayError(Exception):
    """Something went wrong that the user can understand and act on.

    Args:
        what: what went wrong, one sentence.
        where: the place: `site.yaml:12 nodes[0].address`, a node's name, a file.
        why: the cause as far as known.
        fix: what the user can do now.
        code: the exit code of a command that ends with this error.
    """

    def __init__(
        self,
        what: Text,
        *,
        where: str = "",
        why: Text | None = None,
        fix: Text | None = None,
        code: ExitCode = ExitCode.FAILED,
    ) -> None:
        super().__init__(what.en)
        self.report = ErrorReport(what=what, where=where, why=why, fix=fix)
        self.code = code

    def __str__(self) -> str:
        r = self.report
        head = f"{r.where}: {r.what}" if r.where else str(r.what)
        return "\n".join([head, *(str(part) for part in (r.why, r.fix) if part)])


class InvalidInput(SlipwayError):
    """The user's input is wrong: a file, an option, a value."""

    def __init__(self, what: Text, *, where: str = "", why: Text | None = None, fix: Text | None = None) -> None:
        super().__init__(what, where=where, why=why, fix=fix, code=ExitCode.USAGE)
