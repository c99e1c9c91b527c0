"""Versions of what the API shows: a tag is a digest of it, and a change can be bound to the version that its author saw."""

from __future__ import annotations

import hashlib
from contextvars import ContextVar

from pydantic import BaseModel

from mlplatform.errors import Problem
from mlplatform.models.base import Text

_wanted: ContextVar[frozenset[str] | None] = ContextVar("wanted", default=None)
_CHANGED = Text(
    en="It has changed since you looked; look again, then decide.", zh="内容在您查看之后已改变，请重新查看后再操作。"
)


def tag(content: bytes) -> str:
    """A strong ETag (RFC 9110): equal bytes, equal tag."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def want(tags: frozenset[str] | None) -> None:
    """What `require` requires from now on in this task; `*` is any version."""
    _wanted.set(tags)


def wanted() -> bool:
    """Whether the caller binds the change to a version."""
    return _wanted.get() is not None


def require(shown: BaseModel | str | None) -> None:
    """Refuse a change of something that is not what the caller saw. For the transaction that changes it, with its row locked.

    Args:
        shown: what the API shows at this moment, a view or a text; None when it is not there.

    Raises:
        Problem: 412.
    """
    tags = _wanted.get()
    if tags is None:
        return
    if shown is not None:
        content = shown if isinstance(shown, str) else shown.model_dump_json()
        if "*" in tags or tag(content.encode()) in tags:
            return
    raise Problem(412, "changed", _CHANGED)
