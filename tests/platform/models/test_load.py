"""Descriptions: mistakes are named with file, line, column and field; hostile text is refused; in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlplatform import HOME
from mlplatform.models import document
from mlplatform.models.kinds import KINDS
from mlplatform.models.load import load_file, load_operators, load_text
from mlplatform.models.mistakes import InvalidDescription
from mlplatform.models.quantity import parse, show_memory

from tests.platform.models.descriptions import DATASET, IMAGE, MODEL, OPERATOR, SCHEDULE, SERVICE, WORKFLOW


def refused(text: str) -> InvalidDescription:
    with pytest.raises(InvalidDescription) as caught:
        load_text(text, "f.yaml")
    return caught.value


def test_every_kind_is_read_and_a_file_can_have_several() -> None:
    loaded = load_text("---\n".join([OPERATOR, DATASET, IMAGE, MODEL, WORKFLOW, SERVICE, SCHEDULE]), "all.yaml")
    assert [type(i.description) for i in loaded] == list(KINDS.values())


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  version: 1.0.0", "  version: one", "f.yaml:5:3: metadata.version: 'one' does not fit the pattern"),
        ("  image: serving\n", "", "f.yaml:7:1: spec.image: is missing; add it"),
        (
            "  params:",
            "  inputs: {m: {type: model, registered_as: name, title: {en: M, zh: M}}}\n  params:",
            "there is no parameter name to",
        ),
        (
            "  params:",
            "  inputs: {m: {type: table, registered_as: n, title: {en: M, zh: M}}}\n  params:",
            "only an input of type model",
        ),
        (
            "  params:",
            "  outputs: {m: {type: model, registered_as: n, title: {en: M, zh: M}}}\n  params:",
            "only inputs can be registered",
        ),
        ("    memory: 1Gi", "    memory: 1 GB", "f.yaml:15:5: spec.resources.memory: "),
        ("    cpu: 1", "    cpus: 1", "f.yaml:14:5: spec.resources.cpus: there is no cpus here; did you mean cpu?"),
        ("    cpu: 1", "    cpu: lots", "f.yaml:14:5: spec.resources.cpu: must be a number, not 'lots'"),
        ("    cpu: 1", "    cpu: -1", "f.yaml:14:5: spec.resources.cpu: must be greater than 0"),
        ("{type: integer}", "{type: whole}", "f.yaml:10:3: spec.params: not a JSON Schema: 'whole'"),
        ("[train]", "[train, fly]", "f.yaml:16:18: spec.modes.1: must be one of train, serve, not 'fly'"),
        ("  modes:", "  surprise: 1\n  modes:", "f.yaml:16:3: spec.surprise: there is no surprise here; there is: "),
        ("kind: Operator", "kind: Operation", "f.yaml:2:1: kind: must be one of Operator, Dataset, "),
        ("  name: thing", "  name: A Thing", "f.yaml:4:3: metadata.name: "),
        ("  command: [run]", "  command: [run", "not YAML"),
        ("  command: [run]", "  command: [run]\n  command: [go]", "f.yaml:10:3: this key is there twice"),
        ("    cpu: 1", "    cpu: .inf", "f.yaml:14:5: spec.resources.cpu: not a finite number"),
        ("{en: Thing,", "{en: 2020-01-01,", "f.yaml:6:11: metadata.title.en: a date"),
        ("{en: Thing,", "{en: 2020-99-99,", "put quotes around it"),
        ("{type: integer}", "{1: integer}", "spec.params.properties.n.1: a key must be text"),
        (OPERATOR, "", "f.yaml:1:1: holds no description"),
        (OPERATOR, "- a", "f.yaml:1:1: must be a mapping with apiVersion"),
        (OPERATOR, "\x07", "not YAML: special characters are not allowed"),
        ("  name: thing", "  name: thing\n  labels: {a: &x b}", "f.yaml:5:15: anchors (&) and aliases (*)"),
        ("  image: serving", "  image: !!python/name:os.system x", "f.yaml:8:10: tags (!)"),
        ("  image: serving", "  <<: {image: serving}", "f.yaml:8:3: merge keys"),
        ("    cpu: 1", f"    cpu: {'9' * 5000}", "f.yaml:14:10: looks like a number and is too long"),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, says: str) -> None:
    assert load_text(OPERATOR, "f.yaml")
    assert OPERATOR.count(old) == 1
    error = refused(OPERATOR.replace(old, new))
    assert says in str(error)
    assert all(m.message.zh for m in error.mistakes)


def test_mistakes_are_told_in_chinese_and_all_at_once() -> None:
    error = refused(OPERATOR.replace("1Gi", "1 GB").replace("  image: serving\n", "").replace("cpu: 1", "cpu: a"))
    assert len(error.mistakes) == 3
    assert "f.yaml:7:1: spec.image: 缺少此字段；请补上" in error.show("zh_CN.UTF-8")
    assert "必须是数字，而不是 'a'" in error.show("zh")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", "f.yaml:1:4: anchors"),
        ("a: &a\n  b: *a\n", "f.yaml:1:4: anchors"),
        ("a: *nobody\n", "f.yaml:1:4: anchors"),
        ("[" * 100_000, "f.yaml:1:33: nested deeper than 32 levels"),
        ("\n".join(" " * i + "a:" for i in range(300)), "nested deeper than 32 levels"),
        ("x" * 10_000_000, "f.yaml:1:1: larger than 256 KiB"),
        ("? [a, b]\n: c\n", "a key must be text"),
        ("[" + "1," * 100_000 + "]", "f.yaml:1:40000: more than 20000 values"),
        ("---\n" * 50_000, "more than 20000 values"),
    ],
    ids=["bomb", "cycle", "alias", "flow depth", "block depth", "10 MB", "key", "values", "documents"],
)
def test_hostile_text_is_refused_before_it_is_built(text: str, says: str) -> None:
    assert says in str(refused(text))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes("kind: é".encode("latin-1"))
    (tmp_path / "large").write_bytes("é".encode() * document.MAX_SIZE)
    for name, says in (("latin", "not UTF-8"), ("large", "larger than"), ("none", "No such file"), (".", "directory")):
        with pytest.raises(InvalidDescription, match=says):
            load_file(tmp_path / name)


def test_a_folder_of_operators_carries_their_names_and_brings_images(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    file = tmp_path / "other/operator.yaml"
    file.write_text(OPERATOR)
    with pytest.raises(InvalidDescription, match=r":4:3: metadata.name: must be the folder's name, other"):
        load_operators(tmp_path)
    own = OPERATOR.replace("name: thing", "name: other")
    file.write_text(f"{own}---\n{IMAGE}")
    catalog = load_operators(tmp_path)
    assert list(catalog.operators) == ["other"]
    assert catalog.images == {"own": "registry.example/own/image:1.0"}
    for more, says in ((own, "describes one operator"), (DATASET, "Operator and Images only")):
        file.write_text(f"{own}---\n{more}")
        with pytest.raises(InvalidDescription, match=says):
            load_operators(tmp_path)


def test_the_system_operators_are_good() -> None:
    assert {"train-torch", "train-numpy", "serve-model"} <= load_operators(HOME / "operators").operators.keys()


@pytest.mark.parametrize("reference", ["serving", "UPPER/x", "host/x:", "host/x@sha256:12", "host/a b"])
def test_an_image_needs_a_full_reference(reference: str) -> None:
    text = IMAGE.replace("registry.example/own/image:1.0", f'"{reference}"')
    assert "spec.reference" in str(refused(text))


@pytest.mark.parametrize(
    ("quantity", "number"),
    [("250m", 0.25), ("2", 2), ("1Gi", 2**30), ("128974848", 128974848), ("129e6", 129e6), ("1.5", 1.5)],
)
def test_quantities(quantity: str, number: float) -> None:
    assert parse(quantity) == number


def test_quantities_for_people() -> None:
    assert (show_memory(512 << 20), show_memory(3 << 40), show_memory(10)) == ("512 MiB", "3 TiB", "10 B")
    with pytest.raises(ValueError):
        parse("much")
