"""Where replicas fit. All replicas of a gang are alike, so what fits on a node is a division, not a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlplatform.scheduler.state import UNLIMITED, Amount, Node, Pending

Free = Mapping[str, Amount]


def count(each: Amount, free: Amount) -> int:
    """How many replicas fit into what is free."""
    fits = UNLIMITED
    for want, have in zip(each, free, strict=True):
        if want:
            fits = min(fits, max(0, have // want))
        elif have < 0:  # a node that shrank below what runs on it takes nothing more
            return 0
    return fits


def groups(item: Pending, nodes: Sequence[Node]) -> list[list[str]]:
    """The sets of nodes that may hold the whole gang, the preferred one first: GPUs of a gang are of one model."""
    if not item.each.gpu:
        return [[n.name for n in nodes]]
    by_model: dict[str, list[str]] = {}
    for node in nodes:
        if node.gpu_model and (not item.gpu_models or node.gpu_model in item.gpu_models):
            by_model.setdefault(node.gpu_model, []).append(node.name)
    order = item.gpu_models or tuple(sorted(by_model))
    return [by_model[model] for model in order if model in by_model]


def place(each: Amount, replicas: int, among: Sequence[Sequence[str]], free: Free) -> tuple[str, ...] | None:
    """A node for each replica, or None when not all of them fit on the nodes of one group.

    Replicas go to the fullest node that still holds them, so that room for large work stays in one piece.
    """
    for group in among:
        fitting = [name for name in group if free[name].holds(each)]
        fitting.sort(key=lambda name: (free[name].gpu, free[name].cpu, free[name].memory, name))
        placement: list[str] = []
        for name in fitting:
            placement += [name] * min(replicas - len(placement), count(each, free[name]))
            if len(placement) == replicas:
                return tuple(placement)
    return None


def least(one: Free, other: Free) -> dict[str, Amount]:
    """What is there in both."""
    return {name: Amount(*map(min, amount, other[name])) for name, amount in one.items()}
