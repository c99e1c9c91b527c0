"""Which running work must make way: what is much less important, and what runs on quota that its owner now needs. Services never do."""

from __future__ import annotations

from collections.abc import Sequence

from mlplatform.scheduler.capacity import Free, place
from mlplatform.scheduler.order import GAP
from mlplatform.scheduler.quotas import Quotas
from mlplatform.scheduler.state import Pending, Running


def victims(
    item: Pending, among: Sequence[Sequence[str]], free: Free, quotas: Quotas, running: Sequence[Running]
) -> list[Running]:
    """The work to stop so that the item fits, none more than needed; empty when that would not help.

    The least important goes first, and of those what was started last: the least work is lost.
    """
    need = item.each.times(item.replicas)
    cohort = quotas.tenant(item.tenant).cohort
    reclaims = bool(cohort) and quotas.within_own(item.tenant, need)

    def may_be_stopped(work: Running) -> bool:
        if work.queue == "service" or work.ending:
            return False
        if work.tenant == item.tenant:
            return work.priority + GAP <= item.priority
        return reclaims and quotas.tenant(work.tenant).cohort == cohort

    candidates = sorted((w for w in running if may_be_stopped(w)), key=lambda w: (w.priority, -w.started, w.id))
    room, use = dict(free), quotas.copy()

    def move(work: Running, sign: int) -> None:
        use.give(work.tenant, work.each.times(sign * len(work.placement)))
        for name in work.placement:
            if name in room:
                room[name] = room[name].plus(work.each.times(sign))

    def fits() -> bool:
        return use.holds(item.tenant, need) and place(item.each, item.replicas, among, room) is not None

    chosen: list[Running] = []
    for work in running:
        if work.ending:  # comes free anyway
            move(work, 1)
    for work in candidates:
        if fits():
            break
        if work.tenant != item.tenant and not use.borrows(work.tenant):
            continue  # the rest of what it has is its own
        move(work, 1)
        chosen.append(work)
    if not fits():
        return []
    for work in list(chosen):  # keep what need not go after all
        move(work, -1)
        if fits():
            chosen.remove(work)
        else:
            move(work, 1)
    return chosen
