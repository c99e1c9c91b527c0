"""Changing a description's text and keeping what people wrote: comments, order, quotes, empty lines."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from mlplatform.models.base import Text
from mlplatform.models.document import read_text, round_trip
from mlplatform.models.mistakes import InvalidDescription


def rewrite(text: str, data: dict[str, Any], name: str) -> str:
    """The text of one document, changed so that it says `data`: what stays the same keeps its comments and its place.

    A text that says `data` already comes back to the byte. A text without a document gets a new one at its end.

    Args:
        name: stands for the file in mistakes.

    Raises:
        InvalidDescription: the text is no YAML that descriptions use, or has several documents.
    """
    documents = read_text(text, Path(name))
    if len(documents) > 1:
        several = Text(en="has several documents; edit them one by one", zh="包含多个文档；请逐个编辑")
        raise InvalidDescription([documents[1].mistake((), several)])
    yaml = round_trip()
    if not documents or not isinstance(documents[0].tree, CommentedMap):
        tree, before = CommentedMap(), "" if documents and documents[0].data is not None else text
        before += "\n" if before and not before.endswith("\n") else ""
    elif _same(documents[0].data, data):
        return text
    else:
        tree, before = documents[0].tree, ""
        mapping, dash, item = _indents(tree)
        yaml.indent(mapping=mapping, sequence=dash + item, offset=dash)
    _merge(tree, data)
    out = io.StringIO()
    yaml.dump(tree, out)
    return before + out.getvalue()


def _indents(tree: CommentedMap) -> tuple[int, int, int]:
    """How a text is indented, by its first mapping and its first list in block style.

    Returns:
        Columns from a key to a key inside it, from a key to a dash inside it, and from a dash to its item.
    """
    mapping = dash = item = None
    waiting: list[Any] = [tree]
    while waiting:
        node = waiting.pop(0)
        for child in node.values() if isinstance(node, CommentedMap) else node:
            if isinstance(child, CommentedMap | CommentedSeq) and child and not child.fa.flow_style():
                waiting.append(child)
                if not isinstance(node, CommentedMap):
                    continue
                if isinstance(child, CommentedMap):
                    mapping = mapping or child.lc.col - node.lc.col
                elif dash is None and (inner := child.lc.item(0)[1] - child.lc.col) >= 2:
                    dash, item = child.lc.col - node.lc.col, inner
    return mapping or 2, dash or 0, item or 2


def _merge(old: Any, new: dict[str, Any]) -> None:
    """Make a commented mapping say what a plain one says."""
    for key in [k for k in old if k not in new]:
        del old[key]
    for key, value in new.items():
        if key not in old:
            old[_written(key)] = _written(value)
        else:
            _replace(old, key, value)


def _merge_list(old: Any, new: list[Any]) -> None:
    del old[len(new) :]
    for index, value in enumerate(new):
        if index >= len(old):
            old.append(_written(value))
        else:
            _replace(old, index, value)


def _replace(parent: Any, key: str | int, value: Any) -> None:
    """One part of a commented mapping or list: merged where it can be, replaced only when it says something else."""
    old = parent[key]
    if isinstance(value, dict) and isinstance(old, CommentedMap):
        _merge(old, value)
    elif isinstance(value, list) and isinstance(old, CommentedSeq):
        _merge_list(old, value)
    elif not _same(old, value):
        parent[key] = _written(value)


def _written(value: Any) -> Any:
    """A new value in a form that is read as it was: plain YAML takes other line ends, such as U+0085, for spaces."""
    if isinstance(value, dict):
        return {_written(k): _written(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_written(v) for v in value]
    return DoubleQuotedScalarString(value) if isinstance(value, str) and not value.isprintable() else value


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON, where 1, 1.0 and true differ and the order of keys does not matter."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
