"""The decision: which waiting work starts now, and why the rest waits. Pure and deterministic; docs/platform.md tells the rules.

Two queues, services before tasks: people wait for a service. Within a queue higher priority first, then first come, first served.
Replicas are a gang: all of them fit now, or none starts. Smaller work may overtake what does not fit, but only for `PATIENCE`:
then the room that comes free is kept for what has waited, so that a stream of small tasks cannot starve a large one.
"""

from __future__ import annotations

from collections.abc import Iterable

from mlplatform.models.workload import Reason
from mlplatform.scheduler import reasons
from mlplatform.scheduler.state import Amount, Decision, Node, Pending, Start, State, Wait

PATIENCE = 300.0
"""Seconds; of the order of a training task of the demo's size. Shorter wastes room that could be used, longer lets large work starve."""


def decide(state: State, now: float) -> list[Decision]:
    """One decision for every pending item, in the order in which they were considered.

    Args:
        state: nodes, what runs, what waits.
        now: Unix time.
    """
    nodes = sorted(state.nodes, key=lambda n: n.name)
    free = {n.name: n.total for n in nodes}
    for running in state.running:
        for node in running.placement:
            if node in free:  # a node that is gone frees nothing
                free[node] = free[node] - running.each
    decisions: list[Decision] = []
    kept_for: Pending | None = None
    for item in sorted(state.pending, key=_order):
        if not nodes:
            decisions.append(_wait(item, reasons.no_nodes()))
        elif place(item, nodes, {n.name: n.total for n in nodes}) is None:
            decisions.append(
                _wait(item, reasons.too_big(item, nodes))
            )  # holds up nobody: it would hold them up for ever
        elif kept_for:
            decisions.append(_wait(item, reasons.behind(kept_for)))
        elif (placement := place(item, nodes, free)) is not None:
            for node in placement:
                free[node] = free[node] - item.each
            decisions.append(Start(id=item.id, queue=item.queue, placement=tuple(placement)))
        else:
            decisions.append(_wait(item, reasons.short(item, free, state.running)))
            if now - item.since >= PATIENCE:
                kept_for = item
    return decisions


def place(item: Pending, nodes: Iterable[Node], free: dict[str, Amount]) -> list[str] | None:
    """A node for each replica, or None when not all of them fit. GPU gangs stay on one GPU model.

    Replicas go to the fullest node that still holds them, so that room for large work stays in one piece.
    """
    for group in _groups(item, nodes):
        left = {name: free[name] for name in group}
        placement: list[str] = []
        for _ in range(item.replicas):
            fitting = [name for name in group if left[name].holds(item.each)]
            if not fitting:
                break
            tightest = min(fitting, key=lambda name: (left[name].gpu, left[name].cpu, left[name].memory, name))
            left[tightest] = left[tightest] - item.each
            placement.append(tightest)
        if len(placement) == item.replicas:
            return placement
    return None


def _groups(item: Pending, nodes: Iterable[Node]) -> list[list[str]]:
    """The sets of nodes that may hold the whole gang, the preferred one first."""
    if not item.each.gpu:
        return [[n.name for n in nodes]]
    by_model: dict[str, list[str]] = {}
    for node in nodes:
        if node.gpu_model and (not item.gpu_models or node.gpu_model in item.gpu_models):
            by_model.setdefault(node.gpu_model, []).append(node.name)
    order = item.gpu_models or tuple(sorted(by_model))
    return [by_model[model] for model in order if model in by_model]


def _order(item: Pending) -> tuple[bool, int, float, str]:
    return (item.queue == "task", -item.priority, item.since, item.id)


def _wait(item: Pending, reason: Reason) -> Wait:
    return Wait(id=item.id, queue=item.queue, reason=reason)
