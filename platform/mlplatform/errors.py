"""Errors that a caller can understand and act on: RFC 9457 problems."""

from __future__ import annotations

from typing import Any

from mlplatform.models.base import Text


class Problem(Exception):
    """Something is wrong with a request or with what it asks for.

    Args:
        status: the HTTP status.
        code: a stable name of the kind of problem, for programs.
        title: what is wrong, in both languages.
        detail: particulars in English: ids, values, a library's words.
        scheme: of a 401, how to authenticate (RFC 9110, WWW-Authenticate).
        more: further members of the problem document.
    """

    def __init__(
        self, status: int, code: str, title: Text, detail: str = "", *, scheme: str = "Bearer", **more: Any
    ) -> None:
        super().__init__(f"{code}: {detail or title.en}")
        self.scheme = scheme
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.more = more


def not_found(kind: Text, name: str) -> Problem:
    """404 for something of a kind: also when it is there but not the caller's, so that names of others do not leak."""
    title = Text(en=f"There is no such {kind.en}.", zh=f"没有这个{kind.zh}。")
    return Problem(404, "not_found", title, name)


def conflict(code: str, title: Text, detail: str = "") -> Problem:
    return Problem(409, code, title, detail)


def invalid(title: Text, detail: str = "", **more: Any) -> Problem:
    return Problem(422, "invalid", title, detail, **more)
