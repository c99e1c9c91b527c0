"""YAML text as documents: plain data, with the place of every value, or a clear refusal.

Descriptions use the part of YAML 1.2 that JSON has too: mappings with text as keys, lists, text, numbers, booleans, null.
Anchors, aliases, merges and tags are refused before anything is built, so no text can grow, loop or make objects when it is read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent, ScalarEvent

from mlplatform.models.base import Text
from mlplatform.models.mistakes import InvalidDescription, Mistake

MAX_SIZE = 256 * 1024
"""Bytes of a file. A workflow of a thousand steps has half of that."""
MAX_DEPTH = 32
"""Collections inside each other; the deepest description that makes sense has a dozen."""
MAX_NODES = 20_000
"""Values, keys included: a workflow of a thousand steps has about as many. Reading so many takes a second."""
MAX_NUMBER = 40
"""Characters of a number: more than any that fits 64 bits."""

FieldPath = tuple[int | str, ...]
_NUMBER = re.compile(r"[-+.]?[0-9]")


@dataclass(frozen=True)
class Document:
    """One document of a file."""

    file: Path
    tree: Any
    """As ruamel.yaml loaded it: mappings and lists that know the place of each of their parts."""
    data: Any
    """The same as plain dicts, lists, text, numbers, booleans and None."""

    def mistake(self, path: FieldPath, message: Text) -> Mistake:
        """A mistake at the place of a path, or of the deepest part of it that the file has."""
        line, column = getattr(getattr(self.tree, "lc", None), "line", 0), 0
        node: Any = self.tree
        for part in path:
            if isinstance(node, CommentedMap) and part in node:
                line, column = node.lc.key(part)
            elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
                line, column = node.lc.item(part)
            else:
                break
            node = node[part]
        return Mistake(self.file, line + 1, column + 1, ".".join(map(str, path)), message)


def read_file(file: Path) -> list[Document]:
    """The documents of a file.

    Raises:
        InvalidDescription: it cannot be read, or its text is refused.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_SIZE + 1)
    except OSError as error:
        raise _refused(
            file,
            Text(en="cannot be read: {why}", zh="无法读取：{why}").format(why=error.strerror or error),
        ) from error
    try:
        return read_text(content.decode("utf-8"), file)
    except UnicodeDecodeError as error:
        if len(content) > MAX_SIZE:  # the cut may go through a character
            raise _refused(file, _TOO_LARGE) from error
        raise _refused(file, Text(en="not UTF-8; save it as UTF-8", zh="不是 UTF-8 编码；请以 UTF-8 保存")) from error


def read_text(text: str, file: Path) -> list[Document]:
    """The documents of a text.

    Args:
        file: the name for its mistakes.

    Raises:
        InvalidDescription: the text is too large, is no YAML, or uses what descriptions do not use.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_SIZE:
        raise _refused(file, _TOO_LARGE)
    try:
        if mistake := _first_excess(text, file):
            raise InvalidDescription([mistake])
        trees = list(round_trip().load_all(text))
    except DuplicateKeyError as error:
        raise _refused(file, Text(en="this key is there twice; keep one", zh="键重复；请只保留一个"), error) from error
    except YAMLError as error:
        why = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        raise _refused(file, Text(en="not YAML: {why}", zh="不是有效的 YAML：{why}").format(why=why), error) from error
    except ValueError as error:  # a number or a date that is none, such as 2026-99-99
        message = Text(
            en="a value is not what it looks like: {why}; put quotes around it", zh="值无效：{why}；请加引号"
        )
        raise _refused(file, message.format(why=error)) from error
    mistakes: list[Mistake] = []
    documents = []
    for tree in trees:
        wrong = list(_wrong_values(tree))
        document = Document(file, tree, None if wrong else _plain(tree))
        mistakes += [document.mistake(path, message) for path, message in wrong]
        documents.append(document)
    if mistakes:
        raise InvalidDescription(mistakes)
    return documents


def round_trip() -> YAML:
    """The reader and writer that keeps comments, order, quotes and long lines."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 1 << 20  # never folds a line
    return yaml


_TOO_LARGE = Text(
    en=f"larger than {MAX_SIZE // 1024} KiB, the most that a description may have; data belongs into a data set",
    zh=f"超过描述文件的上限 {MAX_SIZE // 1024} KiB；数据请放入数据集",
)

_TOO_MANY = Text(
    en=f"more than {MAX_NODES} values, the most that a description may have; data belongs into a data set",
    zh=f"超过描述文件的上限 {MAX_NODES} 个值；数据请放入数据集",
)


def _first_excess(text: str, file: Path) -> Mistake | None:
    """The first place that goes beyond plain data, found event by event: nothing is built yet."""
    depth = nodes = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        message = None
        if isinstance(event, CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                message = Text(
                    en=f"nested deeper than {MAX_DEPTH} levels; make it flatter",
                    zh=f"嵌套超过 {MAX_DEPTH} 层；请减少层级",
                )
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        if message is None and isinstance(event, NodeEvent):
            nodes += 1
            message = _excess(event) if nodes <= MAX_NODES else _TOO_MANY
        if message:
            return Mistake(file, event.start_mark.line + 1, event.start_mark.column + 1, "", message)
    return None


def _excess(event: Any) -> Text | None:
    if isinstance(event, AliasEvent) or event.anchor:
        return Text(
            en="anchors (&) and aliases (*) are not used in descriptions; write the value out, or quote it if it is text",
            zh="描述文件不使用锚点（&）与别名（*）；请写出完整的值，若为文本请加引号",
        )
    if event.tag and event.tag != "!":
        return Text(
            en="tags (!) are not used in descriptions; leave it out, or quote it if it is text",
            zh="描述文件不使用标签（!）；请去掉，若为文本请加引号",
        )
    if isinstance(event, ScalarEvent) and not event.style:
        if event.value == "<<":
            return Text(
                en="merge keys (<<) are not used in descriptions; write the values out",
                zh="描述文件不使用合并键（<<）；请写出完整的值",
            )
        if len(event.value) > MAX_NUMBER and _NUMBER.match(event.value):
            return Text(
                en="looks like a number and is too long for one; quote it if it is text",
                zh="像是数字但过长；若为文本请加引号",
            )
    return None


def _wrong_values(node: Any, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Text]]:
    """What JSON does not have."""
    if isinstance(node, CommentedMap):
        for key, value in node.items():
            if isinstance(key, str):
                yield from _wrong_values(value, (*path, key))
            else:
                yield (
                    (*path, key),
                    Text(en="a key must be text; put quotes around it", zh="键必须是文本；请加引号"),
                )
    elif isinstance(node, CommentedSeq):
        for index, value in enumerate(node):
            yield from _wrong_values(value, (*path, index))
    elif isinstance(node, float) and not math.isfinite(node):
        yield path, Text(en="not a finite number", zh="不是有限的数")
    elif not isinstance(node, str | int | float | None):
        yield (
            path,
            Text(
                en="a date, or another value that is no text, number or boolean; put quotes around it",
                zh="日期或其他非文本、数字、布尔的值；请加引号",
            ),
        )


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return None


def _refused(file: Path, message: Text, error: Exception | None = None) -> InvalidDescription:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return InvalidDescription([Mistake(file, line, column, "", message)])
