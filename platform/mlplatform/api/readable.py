"""What no address may contain and no JSON of a request: said once for every route, so that none has to think of it.

PostgreSQL's texts hold no NUL character and its JSON neither NaN nor infinities; no UTF-8 holds half of a surrogate pair.
"""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi import Request
from fastapi.routing import APIRoute

from mlplatform.errors import Problem, invalid
from mlplatform.models.base import Text

DEEPEST = 64
"""Collections inside each other; descriptions have half of that."""
_ADDRESS = Text(en="The address holds a NUL character.", zh="地址中含有 NUL 字符。")
_BODY = Text(en="The request holds a value that cannot be stored.", zh="请求中含有无法存储的值。")


async def check(request: Request) -> None:
    """A dependency of every route.

    Raises:
        Problem: 422 that says where.
    """
    address = request.scope.get("raw_path", b"") + request.scope["query_string"]
    if b"\0" in unquote_to_bytes(address):
        raise invalid(_ADDRESS)
    route = request.scope.get("route")
    if isinstance(route, APIRoute) and route.body_field is not None:
        try:
            body = await request.json()
        except (ValueError, RecursionError):
            return  # FastAPI says so
        if (wrong := _wrong(body)) is not None:
            raise wrong


def _wrong(value: Any, path: tuple[str, ...] = ("body",)) -> Problem | None:
    """The first value inside `value` that cannot be stored."""
    why = None
    if isinstance(value, str):
        why = _wrong_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        why = "no finite number"
    elif len(path) > DEEPEST:
        why = f"nested deeper than {DEEPEST}"
    if why:
        where = ".".join(path)
        return invalid(_BODY, f"{where}: {why}", errors=[{"field": where, "message": why}])
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        name = str(key)
        if _wrong_text(name):
            return _wrong(name, (*path, "(a name)"))
        if (found := _wrong(item, (*path, name))) is not None:
            return found
    return None


def _wrong_text(text: str) -> str | None:
    if "\0" in text:
        return "a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "half of a surrogate pair"
    return None
