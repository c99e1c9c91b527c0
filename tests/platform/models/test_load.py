"""operator.yaml: mistakes are named with file, line and field."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlplatform import HOME
from mlplatform.models.load import InvalidDescription, load_operator, load_operators
from mlplatform.models.quantity import parse, show_memory

GOOD = """\
apiVersion: slipway/v1
kind: Operator
metadata:
  name: thing
  version: 1.0.0
  title: {en: Thing, zh: 东西}
spec:
  image: serving
  command: [run]
  params:
    type: object
    properties: {n: {type: integer}}
  resources:
    cpu: 1
    memory: 1Gi
  modes: [train]
"""


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("  version: 1.0.0", "  version: one", ":5: metadata.version: "),
        ("  image: serving\n", "", ":7: spec.image: Field required"),
        ("    memory: 1Gi", "    memory: 1 GB", ":15: spec.resources.memory: "),
        ("    cpu: 1", "    cpus: 1", ":14: spec.resources.cpus: Extra inputs"),
        ("{type: integer}", "{type: whole}", ":10: spec.params: not a JSON Schema: 'whole'"),
        ("[train]", "[train, fly]", ":16: spec.modes.1: "),
        ("kind: Operator", "kind: Operation", ":2: kind: "),
        ("  command: [run]", "  command: [run", "not YAML"),
        (GOOD, "", ":1: Input should be"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, where: str) -> None:
    file = tmp_path / "operator.yaml"
    file.write_text(GOOD)
    assert load_operator(file).metadata.name == "thing"
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(InvalidDescription) as caught:
        load_operator(file)
    assert f"{file}" in str(caught.value) and where in str(caught.value)


def test_a_folder_carries_the_name(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/operator.yaml").write_text(GOOD)
    with pytest.raises(InvalidDescription, match="must be the folder's name, other"):
        load_operators(tmp_path)


def test_the_system_operators_are_good() -> None:
    assert {"train-torch", "train-numpy", "serve-model"} <= load_operators(HOME / "operators").keys()


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
