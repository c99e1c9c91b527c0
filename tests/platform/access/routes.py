"""Every route of the API: an example of a request that succeeds, who may send it, and whether it changes something.

A new route fails the tests of this folder until it stands here: that is how nobody forgets its check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mlplatform.api.app import make_app
from mlplatform.core.platform import Platform

from tests.platform.images import oci_layout, tar_of

Who = Literal["anybody", "caller", "owner", "viewer", "editor", "admin", "platform", "worker", "metrics", "stream"]
"""`anybody`: without a token. `caller`: with a token for the API; shows or makes what is the caller's own. `owner`: who made what belongs to no
tenant. `viewer`, `editor`, `admin`: the least role in the tenant of the thing. `platform`: administrators. `worker`: a running workload.
`metrics`: monitoring. `stream`: a caller; it has no end, so it is only refused here."""
CSV = b"1,2,a\n3,4,b\n"
PASSWORD, REFRESH, INVITATION = "correct horse battery", "refresh-of-una", "invitation-of-una"
INFER = {"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [1]}]}


@dataclass(frozen=True)
class Example:
    """A request to the world that `world.py` makes."""

    who: Who
    path: Mapping[str, str] = field(default_factory=dict)
    """The values of the path's places."""
    changes: bool | None = None
    """Whether it leaves an entry in the audit log; None: as its method says."""
    request: Mapping[str, Any] = field(default_factory=dict)
    """As httpx takes it."""


FLOW = """\
apiVersion: slipway/v1
kind: Workflow
metadata: {name: w, version: 1.0.0, title: {en: w, zh: w}}
spec:
  steps:
    train: {operator: train-numpy, inputs: {data: {dataset: d}}}
"""
MINE = """\
apiVersion: slipway/v1
kind: Operator
metadata: {name: mine, version: 1.0.0, title: {en: Mine, zh: Mine}}
spec: {image: mine, command: [run], modes: [train]}
"""
W, RUN, NIGHTLY, OWN = {"name": "w"}, {"id": "run-1"}, {"name": "nightly"}, {"name": "mine", "version": "1.0.0"}
SCHEDULE = {"cron": "0 3 * * *", "timezone": "UTC", "workflow": "w"}
TASK, QUEUED, LAB = {"id": "task-done"}, {"id": "task-queued"}, {"name": "lab"}
DATA = {"name": "d", "version": "1", "path": "d.csv"}
ROUTES: dict[tuple[str, str], Example] = {
    ("GET", "/healthz"): Example("anybody"),
    ("GET", "/readyz"): Example("anybody"),
    ("POST", "/api/v1/tasks"): Example(
        "editor", request={"json": {"operator": "train-numpy", "tenant": "lab", "inputs": {"data": {"dataset": "d"}}}}
    ),
    ("POST", "/api/v1/tasks:batch"): Example(
        "editor",
        request={
            "json": {"items": [{"operator": "train-numpy", "tenant": "lab", "inputs": {"data": {"dataset": "d"}}}]}
        },
    ),
    ("GET", "/api/v1/events"): Example("stream"),
    ("GET", "/api/v1/tasks/{id}/logs/events"): Example("viewer", TASK),
    ("GET", "/metrics"): Example("metrics"),
    ("PUT", "/api/v1/workflows/{name}"): Example("owner", W, request={"content": FLOW}),
    ("GET", "/api/v1/workflows"): Example("caller"),
    ("GET", "/api/v1/workflows/{name}"): Example("owner", W),
    ("GET", "/api/v1/workflows/{name}/versions"): Example("owner", W),
    ("DELETE", "/api/v1/workflows/{name}"): Example("owner", W),
    ("POST", "/api/v1/workflows/{name}/runs"): Example("owner", W, request={"json": {}}),
    ("GET", "/api/v1/runs"): Example("caller"),
    ("GET", "/api/v1/runs/{id}"): Example("viewer", RUN),
    ("POST", "/api/v1/runs/{id}/cancel"): Example("editor", RUN),
    ("POST", "/api/v1/runs/{id}/pause"): Example("editor", RUN),
    ("POST", "/api/v1/runs/{id}/resume"): Example("editor", RUN),
    ("POST", "/api/v1/runs/{id}/retry"): Example("editor", {"id": "run-2"}),
    ("PUT", "/api/v1/schedules/{name}"): Example("owner", NIGHTLY, request={"json": SCHEDULE}),
    ("GET", "/api/v1/schedules"): Example("caller"),
    ("GET", "/api/v1/schedules/{name}"): Example("owner", NIGHTLY),
    ("GET", "/api/v1/schedules/{name}/entries"): Example("owner", NIGHTLY),
    ("POST", "/api/v1/schedules/{name}/pause"): Example("owner", NIGHTLY),
    ("POST", "/api/v1/schedules/{name}/resume"): Example("owner", NIGHTLY),
    ("DELETE", "/api/v1/schedules/{name}"): Example("owner", NIGHTLY),
    ("POST", "/api/v1/operators"): Example("owner", request={"json": {"text": MINE.replace("[run]", "[run, again]").replace("1.0.0", "1.1.0")}}),
    ("GET", "/api/v1/operators/{name}/versions"): Example("owner", OWN),
    ("PUT", "/api/v1/operators/{name}/versions/{version}/image"): Example(
        "owner", OWN, request={"content": tar_of(oci_layout({"run": b"x"}))}
    ),
    ("DELETE", "/api/v1/operators/{name}/versions/{version}"): Example("owner", OWN),
    ("POST", "/api/v1/models/{name}"): Example(
        "editor", {"name": "m"}, request={"content": tar_of({"model.json": b"{}"})}
    ),
    ("POST", "/api/v1/worker/models"): Example("worker", changes=False, request={"params": {"input": "data"}}),
    ("GET", "/api/v1/tasks"): Example("caller"),
    ("GET", "/api/v1/tasks/{id}"): Example("viewer", TASK),
    ("POST", "/api/v1/tasks/{id}/cancel"): Example("editor", QUEUED),
    ("POST", "/api/v1/tasks/{id}/pause"): Example("editor", QUEUED),
    ("POST", "/api/v1/tasks/{id}/resume"): Example("editor", QUEUED),
    ("PUT", "/api/v1/tasks/{id}/priority"): Example("admin", QUEUED, request={"json": {"priority": 5}}),
    ("GET", "/api/v1/tasks/{id}/explain"): Example("viewer", QUEUED),
    ("POST", "/api/v1/tasks/{id}/what-if"): Example("viewer", QUEUED, changes=False, request={"json": {"priority": 5}}),
    ("GET", "/api/v1/tasks/{id}/logs"): Example("viewer", TASK),
    ("GET", "/api/v1/tasks/{id}/outputs/{output}/{path}"): Example("viewer", {**TASK, "output": "model", "path": "d.csv"}),
    ("POST", "/api/v1/datasets/{name}"): Example("editor", DATA, request={"params": {"file": "d.csv"}, "content": CSV}),
    ("POST", "/api/v1/models"): Example("editor", request={"json": {"name": "m", "task": "task-done"}}),
    ("GET", "/api/v1/artifacts/{id}"): Example("viewer", {"id": "data-1"}),
    ("GET", "/api/v1/datasets"): Example("caller"),
    ("GET", "/api/v1/datasets/{name}"): Example("viewer", DATA),
    ("GET", "/api/v1/datasets/{name}/{version}/{path}"): Example("viewer", DATA),
    ("GET", "/api/v1/models"): Example("caller"),
    ("GET", "/api/v1/models/{name}"): Example("viewer", DATA | {"name": "m"}),
    ("GET", "/api/v1/models/{name}/{version}/{path}"): Example("viewer", DATA | {"name": "m"}),
    ("POST", "/api/v1/services"): Example("editor", request={"json": {"name": "new", "model": "m", "tenant": "lab"}}),
    ("GET", "/api/v1/services"): Example("caller"),
    ("GET", "/api/v1/services/{name}"): Example("viewer", {"name": "s"}),
    ("DELETE", "/api/v1/services/{name}"): Example("editor", {"name": "s"}),
    ("POST", "/api/v1/services/{name}/infer"): Example("viewer", {"name": "s"}, changes=False, request={"json": INFER}),
    ("GET", "/api/v1/operators"): Example("caller"),
    ("GET", "/api/v1/operators/{name}"): Example("caller", {"name": "train-numpy"}),
    ("GET", "/api/v1/schemas/{kind}"): Example("caller", {"kind": "operator"}),
    ("POST", "/api/v1/descriptions/check"): Example("caller", changes=False, request={"json": {"text": "a: 1"}}),
    ("POST", "/api/v1/workflows/text"): Example(
        "caller",
        changes=False,
        request={
            "json": {
                "workflow": {
                    "apiVersion": "slipway.io/v1",
                    "kind": "Workflow",
                    "metadata": {"name": "w", "version": "1.0.0", "title": {"en": "w", "zh": "w"}},
                    "spec": {"steps": {"a": {"operator": "train-numpy"}}},
                }
            }
        },
    ),
    ("GET", "/api/v1/lineage/{id}"): Example("viewer", TASK),
    ("GET", "/api/v1/queue"): Example("caller"),
    ("PUT", "/api/v1/queue/{name}"): Example("platform", {"name": "task"}, request={"json": {"paused": True}}),
    ("GET", "/api/v1/tenants"): Example("caller"),
    ("GET", "/api/v1/tenants/{name}"): Example("viewer", LAB),
    ("PUT", "/api/v1/tenants/{name}"): Example("platform", LAB, request={"json": {}}),
    ("PUT", "/api/v1/tenants/{name}/members"): Example("admin", LAB, request={"json": {"members": {"zoe": "viewer"}}}),
    ("DELETE", "/api/v1/tenants/{name}"): Example("platform", {"name": "empty"}),
    ("POST", "/api/v1/login"): Example("anybody", request={"json": {"name": "una", "password": PASSWORD}}),
    ("POST", "/api/v1/login/refresh"): Example("anybody", request={"json": {"refresh_token": REFRESH}}),
    ("POST", "/api/v1/logout"): Example("anybody", request={"json": {"refresh_token": REFRESH}}),
    ("POST", "/api/v1/login/password"): Example(
        "anybody", request={"json": {"name": "una", "token": INVITATION, "password": PASSWORD}}
    ),
    ("PUT", "/api/v1/account/password"): Example("caller", request={"json": {"old": PASSWORD, "new": PASSWORD + "2"}}),
    ("GET", "/api/v1/users"): Example("platform"),
    ("POST", "/api/v1/users"): Example("platform", request={"json": {"name": "new"}}),
    ("PUT", "/api/v1/users/{name}/disabled"): Example("platform", {"name": "una"}, request={"json": {"disabled": True}}),
    ("POST", "/api/v1/users/{name}/reset"): Example("platform", {"name": "una"}),
    ("GET", "/api/v1/keys"): Example("anybody"),
    ("GET", "/api/v1/audit"): Example("platform"),
    ("GET", "/api/v1/worker"): Example("worker"),
    ("GET", "/api/v1/worker/inputs/{name}/{path}"): Example("worker", {"name": "data", "path": "d.csv"}),
    ("PUT", "/api/v1/worker/outputs/{name}/{path}"): Example(
        "worker", {"name": "model", "path": "w"}, changes=False, request={"content": b"x"}
    ),
    ("GET", "/api/v1/worker/checkpoint"): Example("worker"),
    ("PUT", "/api/v1/worker/checkpoint"): Example("worker", changes=False, request={"content": b"x"}),
    ("POST", "/api/v1/worker/logs/{stream}"): Example(
        "worker", {"stream": "output"}, changes=False, request={"params": {"rank": 0, "offset": 0}, "content": b"x"}
    ),
}  # fmt: skip


def served(platform: Platform) -> set[tuple[str, str]]:
    """Every route that the application has, without the static page."""
    paths = make_app(platform).openapi()["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def concrete(path: str, example: Example) -> str:
    """The address of an example."""
    return path.format(**example.path)


def changing(route: tuple[str, str]) -> bool:
    """Whether a route's example leaves an entry in the audit log."""
    changes = ROUTES[route].changes
    return route[0] != "GET" if changes is None else changes
