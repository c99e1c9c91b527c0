"""The room that is kept for one who waits: when it will be there, on which nodes, and what may start beside it (EASY backfilling:
Lifka, "The ANL/IBM SP scheduling system", 1995)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlplatform.scheduler.capacity import Free, count, place
from mlplatform.scheduler.quotas import Quotas
from mlplatform.scheduler.state import Amount, Pending, Release, Running

GRACE = 20.0
"""Seconds between SIGTERM and SIGKILL (docs/operator-interface.md)."""
SHOWN = 8
"""Releases that an explanation names."""


@dataclass
class Reservation:
    """What is promised to `holder`."""

    holder: str
    at: float
    """Unix time of its expected start."""
    placement: tuple[str, ...]
    shadow: dict[str, Amount]
    """What is free on each node at that time, with the holder running: work that runs longer must fit in here too."""
    quotas: Quotas
    """The use of quotas at that time, with the holder running."""
    frees: tuple[Release, ...]


def expected_end(work: Running, now: float) -> float | None:
    """When it is expected to end. What has run over its time is expected to go on for as long again."""
    if work.ending:
        return now + GRACE
    if work.ends is None:
        return None
    return work.ends if work.ends > now else now + max(GRACE, now - work.ends)


def reserve(
    item: Pending,
    among: Sequence[Sequence[str]],
    now: float,
    *,
    free: Free,
    quotas: Quotas,
    running: Iterable[tuple[float, Running]],
) -> Reservation | None:
    """The earliest time at which the item fits when what runs ends as expected and nothing else starts; None: never.

    Args:
        item: what waits.
        among: the groups of nodes that may hold it.
        now: the Unix time to begin at.
        free: what is free then on each node.
        quotas: as used then.
        running: what runs then with its expected end, sorted by it; without what does not end by itself.
    """
    room, use = dict(free), quotas.copy()
    need = item.each.times(item.replicas)
    fits = {name: count(item.each, room[name]) for group in among for name in group}
    sums = [sum(fits[name] for name in group) for group in among]
    groups_of: dict[str, list[int]] = {}
    for number, group in enumerate(among):
        for name in group:
            groups_of.setdefault(name, []).append(number)
    at, released = now, list[tuple[float, Running]]()
    ends = iter(running)
    while max(sums, default=0) < item.replicas or not use.holds(item.tenant, need):
        following = next(ends, None)
        if following is None:
            return None
        released.append(following)
        at, work = following
        use.give(work.tenant, work.each.times(len(work.placement)))
        for name in work.placement:
            if name not in room:
                continue  # a node that is gone frees nothing
            room[name] = room[name].plus(work.each)
            if name in fits:
                more = count(item.each, room[name]) - fits[name]
                fits[name] += more
                for number in groups_of[name]:
                    sums[number] += more
    placement = place(item.each, item.replicas, among, room)
    assert placement is not None
    for name in placement:
        room[name] = room[name] - item.each
    use.take(item.tenant, need)
    return Reservation(item.id, at, placement, room, use, _needed(item, released, placement, quotas))


def _needed(
    item: Pending, released: list[tuple[float, Running]], placement: tuple[str, ...], quotas: Quotas
) -> tuple[Release, ...]:
    """Those among the released whose end gives the item something, its node or its quota; the last of them: they are waited for."""
    mine = quotas.tenant(item.tenant)
    short = not quotas.holds(item.tenant, item.each.times(item.replicas))
    nodes = set(placement)

    def helps(work: Running) -> bool:
        if not nodes.isdisjoint(work.placement):
            return True
        lent = bool(mine.cohort) and quotas.tenant(work.tenant).cohort == mine.cohort
        return short and (work.tenant == mine.name or lent)

    return tuple(Release(id=work.id, name=work.name, at=end) for end, work in released if helps(work))[-SHOWN:]
