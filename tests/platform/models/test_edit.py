"""A workflow's text and what it says are one thing: changing one loses nothing of the other."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlplatform.models.document import read_text
from mlplatform.models.edit import rewrite
from mlplatform.models.mistakes import InvalidDescription

from tests.platform.models.descriptions import DATASET, FAN_OUT, WORKFLOW

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | words
)
values = st.recursive(scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(words, v, max_size=3), max_leaves=12)
mappings = st.dictionaries(words, values, max_size=4)


def says(text: str) -> Any:
    return read_text(text, Path("f.yaml"))[0].data


@settings(deadline=None)
@given(mappings, mappings)
def test_a_text_says_what_was_written_and_writing_it_again_changes_nothing(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    text = rewrite("", first, "f.yaml")
    assert repr(says(text)) == repr(first)
    assert rewrite(text, first, "f.yaml") == text
    changed = rewrite(text, second, "f.yaml")
    assert says(changed) == second


steps = st.dictionaries(
    st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    st.fixed_dictionaries(
        {"operator": st.sampled_from(["split", "train-numpy"])},
        optional={
            "params": mappings,
            "inputs": st.dictionaries(st.sampled_from("ab"), st.fixed_dictionaries({"dataset": st.just("digits")})),
            "when": st.fixed_dictionaries({"step": st.just("first"), "metric": words, "at_least": scalars}),
            "foreach": st.fixed_dictionaries({"param": words, "values": st.lists(values, min_size=1, max_size=3)}),
            "cache": st.booleans(),
        },
    ),
    max_size=3,
)


@settings(deadline=None)
@given(steps)
def test_steps_that_are_added_leave_comments_order_and_lines_alone(added: dict[str, Any]) -> None:
    data = says(WORKFLOW)
    new = copy.deepcopy(data)
    new["spec"]["steps"] |= {k: v for k, v in added.items() if k not in data["spec"]["steps"]}
    changed = rewrite(WORKFLOW, new, "f.yaml")
    assert says(changed) == new
    assert list(says(changed)["spec"]["steps"]) == list(new["spec"]["steps"])
    assert changed.startswith(WORKFLOW)


def test_one_changed_value_changes_one_line() -> None:
    data = says(WORKFLOW)
    data["spec"]["steps"]["first"]["params"]["epochs"] = 6
    assert rewrite(WORKFLOW, data, "f.yaml") == WORKFLOW.replace("epochs: 5 ", "epochs: 6 ")


def test_a_condition_and_a_fan_out_are_edited_in_their_places() -> None:
    data = says(FAN_OUT)
    steps = data["spec"]["steps"]
    steps["train"]["foreach"]["values"][1] = 24
    steps["after"]["when"]["at_least"] = 50
    steps["after"]["inputs"]["data"]["best"]["order"] = "lowest"
    expected = FAN_OUT.replace("8, 16", "8, 24").replace("100}", "50}").replace("highest", "lowest")
    assert rewrite(FAN_OUT, data, "f.yaml") == expected
    del steps["train"]["cache"]
    assert rewrite(expected, data, "f.yaml") == expected.replace("      cache: false\n", "")


def test_the_style_of_lists_and_quotes_stays() -> None:
    text = "a:\n    - 'x'\n    - \"y\"\nlong: " + "word " * 100 + "end\nb: 1  # one\n"
    assert rewrite(text, says(text) | {"b": 2}, "f.yaml") == text.replace("b: 1 ", "b: 2 ")


def test_a_text_that_cannot_be_edited_is_refused() -> None:
    with pytest.raises(InvalidDescription, match="several documents"):
        rewrite(f"{WORKFLOW}---\n{DATASET}", {}, "f.yaml")
    with pytest.raises(InvalidDescription, match="not YAML"):
        rewrite("a: [", {}, "f.yaml")
    assert rewrite("# only a comment", {"a": 1}, "f.yaml") == "# only a comment\na: 1\n"
