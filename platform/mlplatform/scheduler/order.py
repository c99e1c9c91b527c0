"""The order in which waiting work is considered: within a tenant by priority and age, between tenants by fair share.

Fair share is dominant resource fairness (Ghodsi et al., NSDI 2011): a tenant's share is the largest part that it uses of any resource of
the cluster, divided by its weight; the tenant with the smallest share goes next. What fits into a tenant's own quota goes before what
would borrow. Of equal shares, the one goes next that was served longest ago. Who was promised room stays before all of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

from mlplatform.scheduler.quotas import Quotas
from mlplatform.scheduler.state import Amount, Pending

GAP = 50
"""Work may preempt work whose priority is lower by this much. A quarter of the range of priorities, so that nobody preempts by accident."""
AGING = 60.0
"""Seconds of waiting that count as one step of priority, up to GAP - 1 steps: age lets work pass what is newer and a little more important,
but never what may preempt it; otherwise preempted work would come back before the one that it made room for."""


def rank(item: Pending, now: float) -> int:
    """The item's priority with its age."""
    return item.priority + min(GAP - 1, int(max(0.0, now - item.since) / AGING))


def in_order(items: Iterable[Pending], promised: str, quotas: Quotas, total: Amount, now: float) -> Iterator[Pending]:
    """One queue's items. What the caller does with an item (its tenant's use grows when it starts) is seen in what comes next."""
    lines: dict[str, list[Pending]] = {}
    for item in items:
        lines.setdefault(item.tenant, []).append(item)
    for line in lines.values():
        line.sort(key=lambda item: (-rank(item, now), item.since, item.id), reverse=True)  # the next one at the end
    for tenant, line in lines.items():
        first = next((item for item in line if item.id == promised), None)
        if first and max(item.priority for item in line) < first.priority + GAP:
            line.remove(first)
            yield first
            if not line:
                del lines[tenant]
            break
    if len(lines) == 1:  # the usual site: nobody to share with
        (line,) = lines.values()
        while line:
            yield line.pop()
        return

    shares: dict[str, tuple[Amount, float]] = {}
    """By tenant, what it used when its share was computed, and the share: most items that are looked at do not start."""

    def key(tenant: str) -> tuple[bool, float, float, float, str]:
        item = lines[tenant][-1]
        used = quotas.used(tenant)
        if tenant not in shares or shares[tenant][0] is not used:
            shares[tenant] = (used, quotas.share(tenant, total))
        borrows = not quotas.within_own(tenant, item.each.times(item.replicas))
        return (borrows, shares[tenant][1], quotas.tenant(tenant).served, item.since, tenant)

    heap = [key(tenant) for tenant in lines]
    heapq.heapify(heap)
    while heap:
        tenant = heap[0][4]
        yield lines[tenant].pop()
        if lines[tenant]:
            heapq.heapreplace(heap, key(tenant))
        else:
            heapq.heappop(heap)
