"""When an object does its work, by kind. Pure functions of the object as the API server shows it."""

from __future__ import annotations

from collections.abc import Callable

from installer.cluster.client import Object
from installer.common.text import Text
from installer.models.base import Model


class State(Model):
    """Where an object stands. `failed`: it will not become ready by waiting."""

    ready: bool
    text: Text
    failed: bool = False


def state_of(obj: Object | None) -> State:
    """The state of an object; None: it is not there (yet). Kinds without a rule are ready once they exist."""
    if obj is None:
        return State(ready=False, text=Text(en="not there yet", zh="尚不存在"))
    rule = _RULES.get(obj["kind"])
    if rule is None:
        return State(ready=True, text=Text(en="there", zh="已存在"))
    if (
        obj.get("status", {}).get("observedGeneration", 0) < obj["metadata"].get("generation", 0)
        and obj["kind"] in _OBSERVED
    ):
        return State(ready=False, text=Text(en="not looked at yet by its controller", zh="控制器尚未处理"))
    return rule(obj)


def _counted(ready: int, wanted: int, updated: int | None = None) -> State:
    text = Text(en="{ready} of {wanted} ready", zh="{wanted} 个中 {ready} 个就绪").format(ready=ready, wanted=wanted)
    return State(ready=ready >= wanted and (updated is None or updated >= wanted), text=text)


def _deployment(obj: Object) -> State:
    status = obj.get("status", {})
    return _counted(
        status.get("availableReplicas", 0), obj["spec"].get("replicas", 1), status.get("updatedReplicas", 0)
    )


def _stateful_set(obj: Object) -> State:
    status = obj.get("status", {})
    return _counted(status.get("readyReplicas", 0), obj["spec"].get("replicas", 1), status.get("updatedReplicas", 0))


def _daemon_set(obj: Object) -> State:
    status = obj.get("status", {})
    return _counted(
        status.get("numberAvailable", 0),
        status.get("desiredNumberScheduled", 0),
        status.get("updatedNumberScheduled", 0),
    )


def _job(obj: Object) -> State:
    if failed := _condition(obj, "Failed"):
        return State(ready=False, failed=True, text=Text.same(failed.get("message", "failed")))
    return State(ready=_condition(obj, "Complete") is not None, text=Text(en="running", zh="运行中"))


def _with_condition(name: str) -> Callable[[Object], State]:
    def rule(obj: Object) -> State:
        if _condition(obj, name):
            return State(ready=True, text=Text(en="ready", zh="就绪"))
        told = next((c.get("message", "") for c in _conditions(obj) if c["type"] == name), "")
        return State(ready=False, text=Text.same(told) if told else Text(en="not ready", zh="未就绪"))

    return rule


def _conditions(obj: Object) -> list[dict[str, str]]:
    found: list[dict[str, str]] = obj.get("status", {}).get("conditions") or []
    return found


def _condition(obj: Object, name: str) -> dict[str, str] | None:
    return next((c for c in _conditions(obj) if c["type"] == name and c["status"] == "True"), None)


_RULES: dict[str, Callable[[Object], State]] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Job": _job,
    "Node": _with_condition("Ready"),
    "Pod": _with_condition("Ready"),
    "CustomResourceDefinition": _with_condition("Established"),
    "APIService": _with_condition("Available"),
}
_OBSERVED = {"Deployment", "StatefulSet", "DaemonSet"}
