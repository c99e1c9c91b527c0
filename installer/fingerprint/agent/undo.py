"""Putting a node back: the order of the work, and the loop around it.

What differs from the earlier state within the touches is put back in the order of ORDER, which knows kinds of things and
no component. Things hold each other (a mount is busy while its process dies, a link lives until its name space is
gone), so the state is read anew and the rest done again until nothing is left or nothing moves any more. Errors are
collected, never a reason to stop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import state
from .compare import Difference, covered, differences
from .state import State
from .undo_files import restore_files
from .undo_kernel import (
    detach_programs,
    kill_processes,
    remove_cgroups,
    remove_modules,
    restore_mounts,
    restore_propagation,
    restore_swap,
    restore_sysctls,
)
from .undo_network import remove_filters, remove_links, restore_addresses, restore_links, restore_routes, restore_rules
from .undo_packetfilter import restore_iptables, restore_nft
from .undo_system import remove_accounts, restore_units, stop_units
from .work import Work

ORDER: list[Callable[[Work], None]] = [
    stop_units,
    kill_processes,
    detach_programs,
    restore_mounts,
    remove_filters,
    remove_links,
    restore_links,
    restore_addresses,
    restore_rules,
    restore_routes,
    restore_iptables,
    restore_nft,
    restore_files,
    restore_propagation,
    restore_swap,
    restore_sysctls,
    remove_cgroups,
    remove_modules,
    remove_accounts,
    restore_units,
]

STILL_SECONDS = 15.0
"""With nothing moving for so long, what is left stays: the kernel frees a name space within 1 s, a busy service stops
within 10 s."""
STILL_PASSES = 3
"""At least so many passes without any move, however long one takes on a busy machine."""
PAUSE_SECONDS = 0.2
"""Between two readings; a reading itself takes longer."""
ALL_SECONDS = 600.0
"""The end of it all, below the installer's own patience."""

Key = tuple[str, str]


def undo(before: State, touches: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Put back what differs from `before`; returns what was done, left alone and failed, as lists of differences."""
    found: dict[Key, Difference] = {}
    reasons: dict[Key, str] = {}
    started = moved = time.monotonic()
    remaining: set[Difference] = set()
    still = 0
    while True:
        now = state.read()
        every = list(differences(before.sections, now.sections))
        todo = [difference for difference in every if covered(touches, difference)]
        for difference in todo:
            found.setdefault((difference.section, difference.key), difference)
        still += 1
        if set(todo) != remaining:
            remaining, moved, still = set(todo), time.monotonic(), 0
        clock = time.monotonic()
        stuck = still >= STILL_PASSES and clock - moved > STILL_SECONDS
        if not todo or stuck or clock - started > ALL_SECONDS:
            break
        work = Work(before, now, todo)
        for put_back in ORDER:
            put_back(work)
        reasons = work.reasons
        time.sleep(PAUSE_SECONDS)
    failed = {(d.section, d.key) for d in todo}
    return {
        "done": [d._asdict() for key, d in found.items() if key not in failed],
        "left": [d._asdict() for d in every if (d.section, d.key) not in failed],
        "failed": [{**d._asdict(), "reason": reasons.get((d.section, d.key), "")} for d in todo],
    }
