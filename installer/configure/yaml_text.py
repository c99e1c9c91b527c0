"""YAML as people write it, with the line of every value. Refuses what a site file never needs and what only makes
trouble: references, tags, merge keys, deep nesting."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent

from installer.common.errors import InvalidInput
from installer.common.text import Text

LARGEST = 1024**2
DEEPEST = 20
Place = tuple[str | int, ...]


def read_text(path: Path) -> str:
    """The file's text; every way in which it cannot be had is an InvalidInput."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise InvalidInput(
                Text(en=f"the file has {size} bytes, a site file has a few thousand", zh=f"文件有 {size} 字节，而站点文件只有几千字节"),
                where=str(path),
                fix=Text(en="name the right file with --site", zh="请用 --site 指定正确的文件"),
            )  # fmt: skip
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InvalidInput(
            Text(en="there is no such file", zh="文件不存在"),
            where=str(path),
            fix=Text(en="make it with slipway configure, or name another with --site", zh="请用 slipway configure 生成，或用 --site 指定其他文件"),
        ) from error  # fmt: skip
    except UnicodeDecodeError as error:
        raise InvalidInput(
            Text(en="the file is not UTF-8 text", zh="文件不是 UTF-8 文本"),
            where=str(path),
            why=Text.same(str(error)),
            fix=Text(en="save it as UTF-8", zh="请保存为 UTF-8 编码"),
        ) from error
    except OSError as error:
        raise InvalidInput(
            Text(en="the file cannot be read", zh="无法读取文件"),
            where=str(path),
            why=Text.same(error.strerror or str(error)),
        ) from error


def parse(text: str, name: str) -> Any:
    """The document, as ruamel's commented collections, which know their lines.

    Raises:
        InvalidInput: not YAML, or more of YAML than a site file needs; names the line.
    """
    try:
        _refuse(text, name)
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InvalidInput(
            Text(en="this is not valid YAML", zh="不是有效的 YAML"),
            where=f"{name}:{mark.line + 1}" if mark else name,
            why=Text.same(" ".join(str(part) for part in (error.context, error.problem) if part)),
            fix=Text(
                en="look at this line and the one before: indentation by blanks (no tabs), a blank after each colon, closed quotes",
                zh="请查看该行及上一行：用空格缩进（不用制表符），冒号后有空格，引号成对",
            ),
        ) from error
    except YAMLError as error:
        raise InvalidInput(
            Text(en="this is not valid YAML", zh="不是有效的 YAML"),
            where=name,
            why=Text.same(str(error).split("\n")[0]),
        ) from error


def _refuse(text: str, name: str) -> None:
    depth = 0
    for event in YAML(typ="rt").parse(StringIO(text)):
        line = event.start_mark.line + 1 if event.start_mark else 0
        merge = isinstance(event, ScalarEvent) and event.value == "<<"
        if isinstance(event, AliasEvent) or merge or getattr(event, "tag", None):
            raise InvalidInput(
                Text(en="references (*name, <<) and tags (!name) are not used in this file", zh="本文件不使用引用（*name、<<）和标签（!name）"),
                where=f"{name}:{line}",
                fix=Text(en="write the value itself; quote a text that begins with * or !", zh="请直接写值；以 * 或 ! 开头的文本请加引号"),
            )  # fmt: skip
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEEPEST:
            raise InvalidInput(Text(en="nested too deeply", zh="嵌套过深"), where=f"{name}:{line}")


def plain(value: Any) -> Any:
    """The document without comments and styles: dict, list and scalars."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def line_of(document: Any, place: Place) -> int | None:
    """The line (from 1) of a place; of the nearest thing around it that exists when it does not."""
    line = 1 if isinstance(document, CommentedMap | CommentedSeq) else None
    for step in place:
        if isinstance(document, CommentedMap) and step in document:
            line = document.lc.key(step)[0] + 1
        elif isinstance(document, CommentedSeq) and isinstance(step, int) and step < len(document):
            line = document.lc.item(step)[0] + 1
        else:
            break
        document = document[step]
    return line
