"""Waiting for objects by watching them, never by sleeping; what is not ready in time is told with its reasons."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from installer.cluster.client import Cluster, Object, title
from installer.cluster.conditions import State, state_of
from installer.cluster.reasons import reasons
from installer.common.errors import SlipwayError
from installer.common.text import Text

BEAT = 5.0
"""Seconds between two signs of life while nothing changes: `progress` is where a caller ends the wait."""


def wait_for(cluster: Cluster, objects: Iterable[Object], progress: Callable[[Text], None], seconds: float) -> None:
    """Return when every object does its work (`conditions.state_of`).

    Args:
        seconds: for all of them together.

    Raises:
        SlipwayError: names each object that is not ready, its state, and what its pods, events and logs say.
    """
    deadline = time.monotonic() + seconds
    late: list[tuple[Object, State]] = []
    for obj in objects:
        state = _wait_one(cluster, obj, progress, deadline)
        if not state.ready:
            late.append((obj, state))
    if late:
        raise SlipwayError(
            Text(en="Not ready: {names}.", zh="未就绪：{names}。").format(
                names=", ".join(title(obj) for obj, _ in late)
            ),
            where=title(late[0][0]),
            why=Text(
                en="\n".join(f"{title(obj)}: {state.text.en}\n{reasons(cluster, obj)}" for obj, state in late),
                zh="\n".join(f"{title(obj)}：{state.text.zh}\n{reasons(cluster, obj)}" for obj, state in late),
            ),
            fix=Text(
                en="Remove the cause that is told above, then run slipway retry.",
                zh="请排除上述原因，然后运行 slipway retry。",
            ),
        )


def wait_gone(cluster: Cluster, objects: Iterable[Object], progress: Callable[[Text], None], seconds: float) -> None:
    """Return when none of the objects exists any more; raises `SlipwayError` with those that are left after `seconds`."""
    deadline = time.monotonic() + seconds
    left = [obj for obj in objects if not _wait_one_gone(cluster, obj, progress, deadline)]
    if left:
        raise SlipwayError(
            Text(en="Still there after deleting: {names}.", zh="删除后仍然存在：{names}。").format(
                names=", ".join(map(title, left))
            ),
            where=title(left[0]),
            why=Text(
                en="Something holds them: a finalizer, or a node that does not answer.",
                zh="有终结器或无响应的节点阻止了删除。",
            ),
        )


def _wait_one(cluster: Cluster, obj: Object, progress: Callable[[Text], None], deadline: float) -> State:
    collection, name = cluster.path_of(obj).rsplit("/", 1)
    state, told = state_of(cluster.find(f"{collection}/{name}")), ""

    def tell(state: State) -> None:
        progress(Text(en="{name}: {state}", zh="{name}：{state}").format(name=title(obj), state=state.text))

    while not state.ready and not state.failed and (left := deadline - time.monotonic()) > 0:
        for event, current in cluster.watch(collection, min(left, BEAT), fieldSelector=f"metadata.name={name}"):
            state = state_of(None if event == "DELETED" else current)
            if state.text.en != told:
                told = state.text.en
                tell(state)
            if state.ready or state.failed:
                break
        else:
            tell(state)
    return state


def _wait_one_gone(cluster: Cluster, obj: Object, progress: Callable[[Text], None], deadline: float) -> bool:
    try:
        collection, name = cluster.path_of(obj).rsplit("/", 1)
        there = cluster.find(f"{collection}/{name}") is not None
    except SlipwayError:
        return True  # its kind went with its definition
    while there and (left := deadline - time.monotonic()) > 0:
        progress(Text(en="waiting until {name} is gone", zh="等待 {name} 消失").format(name=title(obj)))
        there = False
        for event, _ in cluster.watch(collection, min(left, BEAT), fieldSelector=f"metadata.name={name}"):
            there = event != "DELETED"
            if not there:
                break
    return not there
