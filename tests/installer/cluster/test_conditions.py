"""When an object counts as ready."""

from __future__ import annotations

from typing import Any

import pytest

from installer.cluster.conditions import state_of


def obj(
    kind: str, spec: dict[str, Any] | None = None, status: dict[str, Any] | None = None, generation: int = 2
) -> dict[str, Any]:
    found = {"kind": kind, "metadata": {"name": "x", "generation": generation}, "spec": spec or {}}
    return found if status is None else {**found, "status": {"observedGeneration": 2, **status}}


def conditions(**values: str) -> dict[str, Any]:
    return {"conditions": [{"type": t, "status": s, "message": f"{t} is {s}"} for t, s in values.items()]}


@pytest.mark.parametrize(
    ("thing", "ready"),
    [
        (obj("ConfigMap"), True),
        (obj("Deployment", {"replicas": 2}, {"availableReplicas": 2, "updatedReplicas": 2}), True),
        (obj("Deployment", {"replicas": 2}, {"availableReplicas": 1, "updatedReplicas": 2}), False),
        (obj("Deployment", {"replicas": 2}, {"availableReplicas": 2, "updatedReplicas": 1}), False),
        (obj("Deployment", {"replicas": 0}, {}), True),
        (obj("Deployment", {"replicas": 1}, None), False),
        (obj("Deployment", {"replicas": 1}, {"availableReplicas": 1, "updatedReplicas": 1}, generation=3), False),
        (obj("StatefulSet", {"replicas": 1}, {"readyReplicas": 1, "updatedReplicas": 1}), True),
        (obj("StatefulSet", {"replicas": 1}, {}), False),
        (obj("DaemonSet", {}, {"desiredNumberScheduled": 3, "numberAvailable": 3, "updatedNumberScheduled": 3}), True),
        (obj("DaemonSet", {}, {"desiredNumberScheduled": 3, "numberAvailable": 2, "updatedNumberScheduled": 3}), False),
        (obj("DaemonSet", {}, {"desiredNumberScheduled": 0}), True),
        (obj("DaemonSet", {}, None), False),
        (obj("Job", {}, conditions(Complete="True")), True),
        (obj("Job", {}, {}), False),
        (obj("Node", {}, conditions(Ready="True")), True),
        (obj("Node", {}, conditions(Ready="False")), False),
        (obj("Node", {}, {}), False),
        (obj("APIService", {}, conditions(Available="True")), True),
        (obj("APIService", {}, conditions(Available="False")), False),
        (obj("CustomResourceDefinition", {}, conditions(Established="True")), True),
    ],
)
def test_ready(thing: dict[str, Any], ready: bool) -> None:
    assert state_of(thing).ready is ready


def test_a_failed_job_is_not_waited_for() -> None:
    state = state_of(obj("Job", {}, conditions(Failed="True")))
    assert state.failed and state.text.en == "Failed is True"


def test_what_is_not_there_is_not_ready() -> None:
    assert not state_of(None).ready


def test_an_unready_thing_says_why() -> None:
    assert state_of(obj("Node", {}, conditions(Ready="False"))).text.en == "Ready is False"
    assert state_of(obj("DaemonSet", {}, {"desiredNumberScheduled": 3})).text.en == "0 of 3 ready"
