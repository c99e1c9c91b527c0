"""Reading resource descriptions, with errors that name file, line and field."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from mlplatform.models.operator import Operator


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong with a file."""

    file: Path
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.field}: {self.message}"
            if self.field
            else f"{self.file}:{self.line}: {self.message}"
        )


class InvalidDescription(Exception):
    """A resource description is wrong; `mistakes` has every mistake that was found."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


def load_operator(file: Path) -> Operator:
    """Read and check one operator.yaml.

    Raises:
        InvalidDescription: it cannot be read, is no YAML, or does not fit the schema.
    """
    try:
        text = file.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except OSError as error:
        raise InvalidDescription([Mistake(file, 1, "", error.strerror or str(error))]) from error
    except UnicodeDecodeError as error:
        raise InvalidDescription([Mistake(file, 1, "", "not UTF-8")]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise InvalidDescription([Mistake(file, line, "", f"not YAML: {getattr(error, 'problem', error)}")]) from error
    try:
        return Operator.model_validate(data)
    except ValidationError as error:
        raise InvalidDescription(
            [
                Mistake(
                    file, _line(node, e["loc"]), ".".join(map(str, e["loc"])), e["msg"].removeprefix("Value error, ")
                )
                for e in error.errors()
            ]
        ) from error


def load_operators(folder: Path) -> dict[str, Operator]:
    """The operators of a folder by name: each subfolder with an operator.yaml is one.

    Raises:
        InvalidDescription: a description is wrong, or does not carry the name of its folder.
    """
    found: dict[str, Operator] = {}
    for file in sorted(folder.glob("*/operator.yaml")):
        operator = load_operator(file)
        if operator.metadata.name != file.parent.name:
            raise InvalidDescription(
                [Mistake(file, 1, "metadata.name", f"must be the folder's name, {file.parent.name}")]
            )
        found[operator.metadata.name] = operator
    return found


def _line(node: yaml.Node | None, path: tuple[int | str, ...]) -> int:
    """The line of the deepest part of a path that the file has."""
    line = node.start_mark.line if node else 0
    for part in path:
        if isinstance(node, yaml.MappingNode):
            match = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if match is None:
                break
            line, node = match[0].start_mark.line, match[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
        else:
            break
    return line + 1
