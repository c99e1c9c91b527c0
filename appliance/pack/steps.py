"""Steps: what is made out of what. A result is named by its recipe and its inputs' names, so nothing is made twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from appliance.pack.cache import key_of


@dataclass(frozen=True)
class Made:
    """How a result came about."""

    source: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Work:
    """What a step's maker gets: the folder to fill, room to work in, its inputs' folders, and a way to say what it is doing."""

    result: Path
    scratch: Path
    inputs: Mapping[str, Path]
    say: Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """One result.

    Args:
        name: for people, unique: `kubernetes/programs`.
        recipe: all that the result depends on beside the inputs; JSON-able.
        inputs: steps whose results are read, by the name that `make` knows them by.
        make: fills `work.result`.
        seconds: how long it takes on two cores with nothing prepared; longer ones start first.
    """

    name: str
    recipe: Mapping[str, Any]
    make: Callable[[Work], Made]
    inputs: Mapping[str, Step] = field(default_factory=dict)
    seconds: float = 1

    @cached_property
    def key(self) -> str:
        return key_of({"recipe": self.recipe, "inputs": {name: step.key for name, step in self.inputs.items()}})
