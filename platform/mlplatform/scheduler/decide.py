"""The decision: which waiting work starts now, which running work makes way, and why the rest waits. Pure and deterministic;
docs/platform.md tells the rules.

One pass over the queues, services before tasks. What does not fit now gets a reservation when it is the first in line of the platform or of
its tenant; what comes after it may start only where that does not put the reservation off. In one pass room and quotas only shrink and
reservations are only added, so what was refused once is refused again: equal items are looked at once.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from mlplatform.scheduler import capacity, preemption
from mlplatform.scheduler.order import in_order
from mlplatform.scheduler.quotas import Quotas
from mlplatform.scheduler.reservation import GRACE, Reservation, expected_end, reserve
from mlplatform.scheduler.state import (
    NOTHING,
    Amount,
    Decision,
    Explanation,
    Pending,
    Preempt,
    Queue,
    Rule,
    Running,
    Start,
    State,
    Wait,
)

ESTIMATE = 600.0
"""Seconds that work of unknown duration is taken to run when the start of what comes after it is estimated. Only for that: what might run
for ever never starts where it could be in a reservation's way."""
QUEUES: tuple[Queue, ...] = ("service", "task")
"""People wait for a service."""
HOPELESS: frozenset[Rule] = frozenset({"no_nodes", "too_big", "over_quota", "paused", "queue_paused"})
"""Nothing that ends would change these, so whom they hold holds up nobody."""
Groups = list[list[str]]


def decide(state: State, now: float) -> list[Decision]:
    """A `Start` or `Wait` for every waiting item in the order in which they were considered; each `Preempt` before its claimant's `Wait`.

    Args:
        state: nodes, tenants, what runs, what waits; in any order.
        now: Unix time.
    """
    return list(_Pass(state, now).run())


def promised(decisions: Iterable[Decision]) -> str:
    """The id of the item that room is kept for, for the next decision's state; empty when there is none."""
    return next((d.id for d in decisions if isinstance(d, Wait) and d.why.kept), "")


@dataclass
class _Line:
    """Work that is ahead of an item, as seconds of everything that it may use."""

    whole: Amount
    seconds: float = 0.0

    def add(self, item: Pending) -> None:
        need = item.each.times(item.replicas)
        part = max((want / have for want, have in zip(need, self.whole, strict=True) if have > 0), default=0.0)
        self.seconds += part * (item.duration or ESTIMATE)


@dataclass
class _Kind:
    """What is the same for all items of a tenant that ask for the same."""

    need: Amount
    """Of all replicas."""
    among: Groups
    never: Rule | None
    """Why it can never start as things are."""
    refused: dict[tuple[str, ...], Rule] = field(default_factory=dict)
    """By the holders of the promises that it may not put off, the rule that held it before in this pass."""


class _Pass:
    def __init__(self, state: State, now: float) -> None:
        self._now = now
        self._pending = state.pending
        self._promised = state.promised
        self._paused = state.paused
        self._nodes = sorted(state.nodes, key=lambda n: n.name)
        self._idle = {n.name: n.total for n in self._nodes}
        self._total = NOTHING
        for node in self._nodes:
            self._total = self._total.plus(node.total)
        self._running = {work.id: work for work in sorted(state.running, key=lambda w: w.id)}
        self._quotas = Quotas(state.tenants, self._running.values())
        self._free = dict(self._idle)
        self._ends: list[tuple[float, str]] = []
        for work in self._running.values():
            for name in work.placement:
                if name in self._free:  # a node that is gone frees nothing
                    self._free[name] = self._free[name] - work.each
            if (end := expected_end(work, now)) is not None:
                self._ends.append((end, work.id))
        self._ends.sort()
        self._first: Reservation | None = None
        """Of the first item that waits for room: nothing that comes after it may delay it."""
        self._first_of: dict[str, Reservation] = {}
        """By tenant, of its first item that waits: nothing of the same tenant that comes after it may delay it."""
        self._line = _Line(self._total)
        """What waits for room, from the first in line on."""
        self._lines: dict[str, _Line] = {}
        """By tenant, what waits for its quota, from its first in line on."""
        self._new: set[str] = set()
        """What does not run yet: it started in this pass, or room is promised to it."""
        self._never: set[tuple[object, ...]] = set()
        """What cannot be promised anything."""
        self._groups: dict[tuple[bool, tuple[str, ...]], Groups] = {}
        self._ever: dict[tuple[Amount, int, tuple[str, ...]], bool] = {}
        self._kinds: dict[tuple[str, Amount, int, tuple[str, ...]], _Kind] = {}

    def run(self) -> Iterator[Decision]:
        for queue in QUEUES:
            items = [item for item in self._pending if item.queue == queue]
            position = 0
            for item in in_order(items, self._promised, self._quotas, self._total, self._now):
                found = self._consider(item)
                if isinstance(found, Start):
                    yield found
                else:
                    position += 1
                    yield from self._wait(item, found, position)

    def _consider(self, item: Pending) -> Start | Rule:
        if item.queue in self._paused:
            return "queue_paused"
        if item.paused:
            return "paused"
        kind = self._kind(item)
        if kind.never:
            return kind.never
        limits = [r for r in self._promises(item.tenant) if self._outlives(item, r)]
        if known := kind.refused.get(tuple(r.holder for r in limits)):
            return known
        found = self._find(item, kind.need, kind.among, limits)
        if isinstance(found, str):
            kind.refused[tuple(r.holder for r in limits)] = found
            return found
        self._take(item, kind.need, found, limits)
        return Start(id=item.id, queue=item.queue, placement=found)

    def _kind(self, item: Pending) -> _Kind:
        like = (item.tenant, item.each, item.replicas, item.gpu_models)
        if like not in self._kinds:
            need, among = item.each.times(item.replicas), self._among(item)
            never: Rule | None = None
            if not self._nodes:
                never = "no_nodes"
            elif not self._fits_idle(item, among):
                never = "too_big"
            elif not self._quotas.ever_holds(item.tenant, need):
                never = "over_quota"
            self._kinds[like] = _Kind(need, among, never)
        return self._kinds[like]

    def _promises(self, tenant: str) -> Iterator[Reservation]:
        """Those that an item of the tenant may not put off."""
        if self._first:
            yield self._first
        own = self._first_of.get(tenant)
        if own and not (self._first and self._first.holder == own.holder):
            yield own

    def _find(self, item: Pending, need: Amount, among: Groups, limits: list[Reservation]) -> tuple[str, ...] | Rule:
        """Where it can start now, or the rule that holds it."""
        if not self._quotas.holds(item.tenant, need):
            return "quota"
        placement = capacity.place(item.each, item.replicas, among, self._free)
        if placement is None:
            return "capacity"
        if not limits:
            return placement
        room: capacity.Free = self._free
        for reservation in limits:
            if not reservation.quotas.holds(item.tenant, need):
                return "behind"
            room = capacity.least(room, reservation.shadow)
        return capacity.place(item.each, item.replicas, among, room) or "behind"

    def _take(self, item: Pending, need: Amount, placement: tuple[str, ...], limits: list[Reservation]) -> None:
        self._quotas.take(item.tenant, need)
        for name in placement:
            self._free[name] = self._free[name] - item.each
        for reservation in limits:
            reservation.quotas.take(item.tenant, need)
            for name in placement:
                reservation.shadow[name] = reservation.shadow[name] - item.each
        self._add(item, placement, self._now)

    def _add(self, item: Pending, placement: tuple[str, ...], started: float) -> None:
        """Know the item as running work from `started` on."""
        end = None if item.queue == "service" else started + (item.duration or ESTIMATE)
        if end is not None:
            insort(self._ends, (end, item.id))
        self._new.add(item.id)
        self._running[item.id] = Running(
            id=item.id,
            name=item.name,
            each=item.each,
            placement=placement,
            tenant=item.tenant,
            queue=item.queue,
            priority=item.priority,
            started=started,
            ends=end,
        )

    def _outlives(self, item: Pending, reservation: Reservation) -> bool:
        return item.duration is None or self._now + item.duration > reservation.at

    def _wait(self, item: Pending, rule: Rule, position: int) -> Iterator[Decision]:
        why = Explanation(rule=rule, position=position)
        if rule not in HOPELESS:
            of_all = rule == "capacity" and self._first is None
            if of_all or item.tenant not in self._first_of:
                found = self._reserve(item)
                if rule == "quota" or of_all:
                    stopped = self._preempt(item, found)
                    yield from stopped
                    found = self._reserve(item) if stopped else found
                if found:
                    why = self._hold(item, rule, position, found, of_all)
            else:
                why = self._behind(item, rule, position)
        yield Wait(id=item.id, queue=item.queue, why=why)

    def _hold(self, item: Pending, rule: Rule, position: int, found: Reservation, of_all: bool) -> Explanation:
        """Promise the room."""
        frees, ahead = found.frees, ""
        if self._first:
            frees, ahead = frees or self._first.frees, self._first.holder
        if frees and all(self._running[release.id].ending for release in frees):
            rule = "stopping"
        tenant = self._quotas.tenant(item.tenant)
        limit = tenant.quota.plus(tenant.borrowing)
        if item.tenant not in self._first_of:
            self._first_of[item.tenant] = found
            self._lines[item.tenant] = _Line(Amount(*map(min, limit, self._total)))
            self._lines[item.tenant].add(item)
        if of_all:
            self._first = found
            self._line.add(item)
            self._add(item, found.placement, found.at)
        return Explanation(rule=rule, position=position, kept=of_all, ahead=ahead, frees=frees, expected=found.at)

    def _behind(self, item: Pending, rule: Rule, position: int) -> Explanation:
        """What waits for those before it: their start, and then their work."""
        if self._first and rule != "quota":
            ahead, line = self._first, self._line
        else:
            ahead, line = self._first_of[item.tenant], self._lines[item.tenant]
        expected = ahead.at + line.seconds
        line.add(item)
        return Explanation(rule=rule, position=position, ahead=ahead.holder, frees=ahead.frees, expected=expected)

    def _reserve(self, item: Pending) -> Reservation | None:
        """The first room for the item, beside what the first in line is promised; None when what is in its way does not end by itself."""
        like = (item.tenant, item.each, item.replicas, item.gpu_models)
        if like in self._never:
            return None
        now, free, quotas, ends = self._now, self._free, self._quotas, self._ends
        if self._first:
            now, free, quotas = self._first.at, self._first.shadow, self._first.quotas
            ends = [entry for entry in ends if entry[0] > now]
        running = ((end, self._running[id_]) for end, id_ in ends)
        found = reserve(item, self._among(item), now, free=free, quotas=quotas, running=running)
        if found is None:
            self._never.add(like)
        return found

    def _preempt(self, item: Pending, waiting: Reservation | None) -> list[Preempt]:
        """Stop less important work for the item, when that is quicker than waiting for `waiting`."""
        now = self._now
        if waiting and waiting.at <= now + GRACE:
            return []
        running = [work for work in self._running.values() if work.id not in self._new]
        chosen = preemption.victims(item, self._among(item), self._free, self._quotas, running)
        for work in chosen:
            self._running[work.id] = replace(work, ending=True)
            self._ends = [entry for entry in self._ends if entry[1] != work.id]
            insort(self._ends, (now + GRACE, work.id))
            self._never.clear()
        return [Preempt(id=w.id, queue=w.queue, claimant=item.id, grace=GRACE) for w in chosen]

    def _among(self, item: Pending) -> Groups:
        key = (bool(item.each.gpu), item.gpu_models)
        if key not in self._groups:
            self._groups[key] = capacity.groups(item, self._nodes)
        return self._groups[key]

    def _fits_idle(self, item: Pending, among: Groups) -> bool:
        key = (item.each, item.replicas, item.gpu_models)
        if key not in self._ever:
            self._ever[key] = capacity.place(item.each, item.replicas, among, self._idle) is not None
        return self._ever[key]
