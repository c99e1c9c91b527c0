"""The difference of two states, and which part of it a stage answers for."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Optional

from .volatile import steady

UNAVAILABLE = "unavailable"

WITH_THEIR_OWNER = {"sysctls"}
"""Sections whose keys appear and vanish with a module or a link, which has a key of its own: only values count."""


IN_ORDER = {"iptables", "nft"}
"""Sections whose keys stand in an order that matters: that of the rules in a chain."""

ORDER = "(order)"
"""Ends the key of a difference in order."""


class Difference(NamedTuple):
    section: str
    key: str
    before: Optional[str]
    after: Optional[str]
    """None: not there."""


def differences(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> Iterator[Difference]:
    """What differs, by section in the order of `before`, then by key.

    A section that one of the two could not tell is one difference; one that neither could is none.
    """
    for section in dict.fromkeys([*before, *after]):
        old, new = steady(section, before.get(section, {})), steady(section, after.get(section, {}))
        if UNAVAILABLE in old or UNAVAILABLE in new:
            if (UNAVAILABLE in old) != (UNAVAILABLE in new):
                yield Difference(section, UNAVAILABLE, old.get(UNAVAILABLE), new.get(UNAVAILABLE))
            continue
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key) and not (
                section in WITH_THEIR_OWNER and (key not in old or key not in new)
            ):
                yield Difference(section, key, old.get(key), new.get(key))
        if section in IN_ORDER:
            yield from _moved(section, old, new)


def _moved(section: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    """Chains whose rules are the same, as far as they are in both, but in another order."""
    chains: dict[str, tuple[list[str], list[str]]] = {}
    for side, keys, others in ((0, old, new), (1, new, old)):
        for key in keys:
            words = key.split(" ", 4)
            if len(words) > 4 and key in others:  # both sections name a rule's chain by the first four words
                chains.setdefault(" ".join(words[:4]), ([], []))[side].append(key)
    for chain, (was, now) in chains.items():
        if was != now:
            places = " ".join(str(was.index(key) + 1) for key in now)
            yield Difference(section, f"{chain} {ORDER}", " ".join(str(i + 1) for i in range(len(was))), places)


def covered(touches: Mapping[str, Sequence[str]], difference: Difference) -> bool:
    """Whether a pattern names the difference; `*` stands for any characters, `/` included."""
    patterns = touches.get(difference.section, ())
    if any(fnmatch.fnmatchcase(difference.key, pattern) for pattern in patterns):
        return True
    # A new folder that only leads to a path of ours; undo removes it when nothing else is in it.
    new_folder = difference.before is None and (difference.after or "").startswith("folder ")
    inside = f"{difference.key}/"
    return difference.section == "files" and new_folder and any(pattern.startswith(inside) for pattern in patterns)
