"""Reading descriptions, with errors that name file, line, column and field, what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mlplatform.models.base import Text
from mlplatform.models.document import Document, FieldPath, read_file, read_text
from mlplatform.models.image import Image
from mlplatform.models.kinds import KINDS, Description, KindName, json_schema
from mlplatform.models.mistakes import InvalidDescription, Mistake
from mlplatform.models.operator import Operator
from mlplatform.models.words import explain


@dataclass(frozen=True)
class Loaded:
    """A description, and where it stands."""

    document: Document
    description: Description


def load_file(file: Path) -> list[Loaded]:
    """The descriptions of a file, of which it can have several, each checked by itself.

    Raises:
        InvalidDescription: the file cannot be read, or has mistakes; all that were found.
    """
    return _load(read_file(file), file)


def load_text(text: str, name: str) -> list[Loaded]:
    """The descriptions of a text; `name` stands for the file in mistakes.

    Raises:
        InvalidDescription: it has mistakes.
    """
    return _load(read_text(text, Path(name)), Path(name))


def _load(documents: Sequence[Document], file: Path) -> list[Loaded]:
    if not documents:
        nothing = Text(
            en="holds no description; begin with apiVersion: slipway/v1",
            zh="没有描述；请以 apiVersion: slipway/v1 开头",
        )
        raise InvalidDescription([Mistake(file, 1, 1, "", nothing)])
    loaded, mistakes = [], []
    for document in documents:
        try:
            loaded.append(Loaded(document, _read(document)))
        except InvalidDescription as error:
            mistakes += error.mistakes
    if mistakes:
        raise InvalidDescription(mistakes)
    return loaded


def _read(document: Document) -> Description:
    data = document.data
    if not isinstance(data, dict):
        shape = Text(
            en="must be a mapping with apiVersion, kind, metadata and spec",
            zh="必须是包含 apiVersion、kind、metadata、spec 的映射",
        )
        raise InvalidDescription([document.mistake((), shape)])
    kind = KINDS.get(str(data.get("kind")))
    if kind is None:
        allowed = Text(en="must be one of {kinds}", zh="必须是 {kinds} 之一").format(kinds=", ".join(KINDS))
        raise InvalidDescription([document.mistake(("kind",), allowed)])
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        found = [(tuple(p for p in e["loc"] if p != "[key]"), e) for e in error.errors()]
        raise InvalidDescription(
            [document.mistake(path, explain(e, _fields(data["kind"], path[:-1]))) for path, e in found]
        ) from error


def _fields(kind: str, path: FieldPath) -> list[str]:
    """The fields that the schema of a kind has at a path."""
    full = json_schema(_lower(kind))
    node: dict[str, Any] = full
    for part in path:
        inner = node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part)
        named: Any = next(iter(node.get("patternProperties", {}).values()), {})
        node = inner or node.get("additionalProperties") or named
        if "anyOf" in node:
            node = node["anyOf"][0]
        node = full["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    return list(node.get("properties", {}))


def _lower(kind: str) -> KindName:
    return kind.lower()  # type: ignore[return-value]  # a key of KINDS


@dataclass(frozen=True)
class Catalog:
    """The operators of a folder by name, and the references of the images that they bring."""

    operators: dict[str, Operator]
    images: dict[str, str]


def load_operators(folder: Path) -> Catalog:
    """What a folder of operators describes: each subfolder with an operator.yaml is one operator; the file may bring images.

    Raises:
        InvalidDescription: a description is wrong, does not carry the name of its folder, or is of another kind.
    """
    operators: dict[str, Operator] = {}
    images: dict[str, str] = {}
    for file in sorted(folder.glob("*/operator.yaml")):
        loaded = load_file(file)
        operator = the_operator(loaded, file)
        operators[operator.metadata.name] = operator
        images |= {i.metadata.name: i.spec.reference for i in (d.description for d in loaded) if isinstance(i, Image)}
    return Catalog(operators, images)


def the_operator(loaded: Iterable[Loaded], file: Path) -> Operator:
    """The one operator of an operator.yaml.

    Raises:
        InvalidDescription: there is none or another one, it has not the name of its folder, or the file has something else than images.
    """
    found: list[Operator] = []
    for item in loaded:
        description = item.description
        mistake: tuple[FieldPath, Text] | None = None
        if isinstance(description, Operator):
            found.append(description)
            if len(found) > 1:
                mistake = (
                    ("kind",),
                    Text(en="an operator.yaml describes one operator", zh="一个 operator.yaml 只描述一个算子"),
                )
            elif description.metadata.name != file.resolve().parent.name:
                mistake = (
                    ("metadata", "name"),
                    Text(en="must be the folder's name, {name}", zh="必须是文件夹的名称 {name}").format(
                        name=file.resolve().parent.name
                    ),
                )
        elif not isinstance(description, Image):
            mistake = (
                ("kind",),
                Text(
                    en="an operator.yaml has an Operator and Images only", zh="operator.yaml 只能包含 Operator 与 Image"
                ),
            )
        if mistake:
            raise InvalidDescription([item.document.mistake(*mistake)])
    if not found:
        raise InvalidDescription([Mistake(file, 1, 1, "", Text(en="has no Operator", zh="没有 Operator"))])
    return found[0]
