"""Examples of the description, one story: ann trains a classifier of handwritten digits, registers and publishes it; then she stores the
training as a workflow that runs every night, and registers an operator of her own.

Each is checked against its model, and the requests are sent to a platform that has what they name (tests/platform/api/test_description.py).
"""

from __future__ import annotations

from typing import Any

TASK = "0dxr4k2m8n5p7q1s"
ARTIFACT = "0dxr3a0b1c2d3e4f"
MODEL = "0dxr5g6h7i8j9k0l"
SERVICE = "0dxr6m7n8o9p0q1r"
RUN = "0dxr7b8c9d0f1g2h"
OWN = "0dxr8d9f0g1h2j3k"
"""Her operator's version."""
DIGEST = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

_OPAQUE = "Zk3nQ0v9J2xYb7Lw5TqR8sAu1CdEfGhI"
_USER = {"name": "ann", "role": "user", "disabled": False, "has_password": True, "created_at": "2026-03-02T08:30:00Z"}
_ENTERED = {
    "id": "0dxr7a1b2c3d4e5f",
    "at": "2026-03-02T08:31:00Z",
    "subject": "ann",
    "address": "10.1.0.20",
    "request_id": "9f86d081884c7d65",
    "action": "cancel_task",
    "what": f"task {TASK}",
    "outcome": "done",
    "code": "",
}
_TITLE = {"en": "Train a classifier", "zh": "训练分类器"}
_RESOURCES = {"cpu": 0.5, "memory": "256Mi", "gpu": {"count": 0, "models": []}, "replicas": 1}
_MOMENTS = {
    "created_at": "2026-03-02T08:30:00Z",
    "started_at": "2026-03-02T08:30:01Z",
    "finished_at": "2026-03-02T08:30:09Z",
}
_LIMITS = {"cpu": 32, "memory": "128Gi", "gpu": 4}
_TENANT = {
    "quota": _LIMITS,
    "borrowing": {"cpu": 8, "memory": "32Gi", "gpu": 0},
    "cohort": "research",
    "weight": 1,
    "max_priority": 50,
    "members": {"ann": "editor", "bob": "viewer"},
}
_TENANT_VIEW = {"name": "digits", "used": {"cpu": 0.5, "memory": "256Mi", "gpu": 0}, **_TENANT}
_TASK = {
    "id": TASK,
    "name": "digits",
    "owner": "ann",
    "tenant": "default",
    "operator": "train-numpy",
    "operator_version": "1.0.0",
    "params": {"epochs": 30},
    "inputs": {"data": ARTIFACT},
    "outputs": {"model": MODEL},
    "resources": _RESOURCES,
    "priority": 0,
    "timeout": 3600,
    "deadline": None,
    "retries": 1,
    "paused": False,
    "state": "succeeded",
    "reason": None,
    "placement": ["n1"],
    "metrics": {"accuracy": 0.97},
    **_MOMENTS,
}
_TASK_REQUEST = {
    "operator": "train-numpy",
    "name": "digits",
    "inputs": {"data": {"dataset": "digits"}},
    "params": {"epochs": 30},
    "retries": 1,
}
_SERVICE = {
    "id": SERVICE,
    "name": "digits",
    "owner": "ann",
    "tenant": "default",
    "operator": "serve-model",
    "model": "digits",
    "version": 1,
    "params": {},
    "resources": _RESOURCES,
    "priority": 0,
    "state": "ready",
    "reason": None,
    "placement": ["n1"],
    **_MOMENTS,
    "finished_at": None,
}
_DATA = {
    "id": ARTIFACT,
    "kind": "dataset",
    "name": "digits",
    "version": 1,
    "owner": "ann",
    "tenant": "default",
    "task": None,
    "metrics": {},
    "size": 52013,
    "files": [{"path": "digits.csv.gz", "size": 52013, "digest": DIGEST}],
    "created_at": "2026-03-02T08:29:00Z",
}
_COLUMN = {
    "name": "c1",
    "type": "integer",
    "missing": 0,
    "distinct": 17,
    "minimum": 0,
    "maximum": 16,
    "mean": 4.9,
    "deviation": 6.0,
}
_REASON = {
    "code": "capacity",
    "text": {"en": "It asks for 0.5 CPU; all nodes are busy.", "zh": "需要 0.5 CPU；所有节点均忙。"},
}
_WAITING = {
    "rule": "capacity",
    "position": 1,
    "ahead": None,
    "frees": [{"id": TASK, "name": "digits", "at": "2026-03-02T08:31:00Z"}],
    "expected": "2026-03-02T08:31:00Z",
}
_WAITS = {"starts": False, "placement": [], "waiting": _WAITING, "text": _REASON["text"]}
_STARTS = {
    "starts": True,
    "placement": ["n1"],
    "waiting": None,
    "text": {"en": "Its turn has come: it is being started.", "zh": "已轮到它，正在启动。"},
}
_QUEUED = {
    "queue": "task",
    "position": 1,
    "id": TASK,
    "name": "digits",
    "owner": "ann",
    "tenant": "default",
    "priority": 0,
    "since": "2026-03-02T08:30:00Z",
    "waiting": _WAITING,
    "reason": _REASON,
}
_OPERATOR = {
    "apiVersion": "slipway/v1",
    "kind": "Operator",
    "metadata": {"name": "train-numpy", "version": "1.0.0", "title": _TITLE, "labels": {"area": "classification"}},
    "spec": {
        "image": "trainer",
        "command": ["python3", "${OPERATORS}/train-numpy/train.py"],
        "inputs": {"data": {"type": "table", "title": {"en": "Rows", "zh": "数据"}}},
        "outputs": {"model": {"type": "model", "title": {"en": "The classifier", "zh": "分类器"}}},
        "params": {"type": "object", "properties": {"epochs": {"type": "integer", "minimum": 1, "default": 30}}},
        "resources": _RESOURCES,
        "modes": ["train"],
    },
}
_WORKFLOW = {
    "apiVersion": "slipway/v1",
    "kind": "Workflow",
    "metadata": {"name": "digits", "version": "1.0.0", "title": _TITLE},
    "spec": {"steps": {"train": {"operator": "train-numpy", "inputs": {"data": {"dataset": "digits"}}}}},
}
_WORKFLOW_TEXT = """apiVersion: slipway/v1
kind: Workflow
metadata:
  name: digits
  version: 1.0.0
  title: {en: Train a classifier, zh: 训练分类器}
spec:
  steps:
    train:
      operator: train-numpy
      inputs: {data: {dataset: digits}}
"""
_WORKFLOW_VIEW = {
    "name": "digits",
    "version": 1,
    "owner": "ann",
    "title": _TITLE,
    "steps": 1,
    "created_at": "2026-03-02T09:00:00Z",
}
_RUN = {
    "id": RUN,
    "workflow": "digits",
    "version": 1,
    "owner": "ann",
    "tenant": "default",
    "priority": 0,
    "cache": True,
    "state": "succeeded",
    "reason": None,
    "paused": False,
    "created_at": "2026-03-03T02:30:00Z",
    "finished_at": "2026-03-03T02:30:09Z",
}
_STEP = {
    "operator": "train-numpy",
    "state": "succeeded",
    "reason": None,
    "tasks": [
        {
            "id": TASK,
            "value": None,
            "state": "succeeded",
            "reason": None,
            "cached": True,
            "metrics": {"accuracy": 0.97},
        }
    ],
}
_SCHEDULE = {
    "cron": "30 2 * * *",
    "timezone": "Asia/Shanghai",
    "workflow": "digits",
    "run": {"priority": 0, "cache": True},
    "catch_up": "last",
    "concurrency": "forbid",
}
_SCHEDULE_VIEW = {
    "name": "nightly",
    "owner": "ann",
    "spec": _SCHEDULE,
    "paused": False,
    "last": "2026-03-02T18:30:00Z",
    "next": "2026-03-03T18:30:00Z",
    "created_at": "2026-03-02T09:05:00Z",
}
_ENTRY = {
    "due": "2026-03-02T18:30:00Z",
    "state": "begun",
    "reason": None,
    "run": RUN,
    "task": None,
    "created_at": "2026-03-02T18:30:00Z",
}
_OWN_TEXT = """apiVersion: slipway/v1
kind: Operator
metadata:
  name: count-rows
  version: 1.0.0
  title: {en: Count rows, zh: 统计行数}
spec:
  image: count-rows
  command: [count-rows]
  inputs: {data: {type: table, title: {en: Rows, zh: 数据}}}
  resources: {cpu: 0.5, memory: 256Mi}
  modes: [train]
"""
_OWN = {
    "apiVersion": "slipway/v1",
    "kind": "Operator",
    "metadata": {"name": "count-rows", "version": "1.0.0", "title": {"en": "Count rows", "zh": "统计行数"}},
    "spec": {
        "image": "count-rows",
        "command": ["count-rows"],
        "inputs": {"data": {"type": "table", "title": {"en": "Rows", "zh": "数据"}}},
        "resources": _RESOURCES,
        "modes": ["train"],
    },
}
_REGISTERED = {
    "id": OWN,
    "owner": "ann",
    "operator": _OWN,
    "image": {"digest": DIGEST, "size": 31457280},
    "ready": True,
    "created_at": "2026-03-02T10:00:00Z",
}
_TENSOR = {"name": "predict", "shape": [1], "datatype": "INT64", "data": [7]}
_PIXELS = {"name": "rows", "shape": [1, 4], "datatype": "FP64", "data": [0, 5, 13, 9]}

EXAMPLES: dict[str, Any] = {
    "ProblemDocument": {
        "type": "urn:slipway:problem:not_found",
        "title": "There is no such task.",
        "status": 404,
        "detail": TASK,
        "instance": "urn:slipway:request:5f1c0a9be2d34477",
    },
    "TaskRequest": _TASK_REQUEST,
    "TaskBatch": {"items": [_TASK_REQUEST, _TASK_REQUEST | {"params": {"epochs": 60}}]},
    "SubmittedBatch": {"items": [_TASK]},
    "TaskView": _TASK,
    "TaskPage": {"items": [_TASK], "next": TASK},
    "PriorityRequest": {"priority": 10},
    "ExplainView": {"id": TASK, "state": "queued", "reason": _REASON, "outcome": _WAITS},
    "WhatIfRequest": {"resources": {"cpu": 0.25}, "priority": 10},
    "WhatIfView": {"now": _WAITS, "then": _STARTS},
    "ArtifactView": _DATA,
    "ArtifactList": {"items": [_DATA], "next": None},
    "ArtifactDetail": {
        **_DATA,
        "tables": {"digits.csv.gz": {"complete": True, "header": False, "rows": 1797, "columns": [_COLUMN]}},
    },
    "ModelRequest": {"name": "digits", "task": TASK},
    "ServiceRequest": {"name": "digits", "model": "digits"},
    "ServiceView": _SERVICE,
    "ServiceList": {"items": [_SERVICE], "next": None},
    "InferRequest": {"inputs": [_PIXELS]},
    "InferResponse": {"model_name": "digits", "model_version": "1", "outputs": [_TENSOR]},
    "Operator": _OPERATOR,
    "OperatorList": {"items": [_OPERATOR], "next": None},
    "OperatorText": {"text": _OWN_TEXT},
    "RegisteredOperator": _REGISTERED,
    "OperatorVersionList": {"items": [_REGISTERED], "next": None},
    "WorkflowView": _WORKFLOW_VIEW,
    "WorkflowList": {"items": [_WORKFLOW_VIEW], "next": None},
    "RunRequest": {"priority": 10, "cache": False},
    "RunDetail": _RUN | {"steps": {"train": _STEP}},
    "RunPage": {"items": [_RUN], "next": None},
    "ScheduleSpec": _SCHEDULE,
    "ScheduleView": _SCHEDULE_VIEW,
    "ScheduleList": {"items": [_SCHEDULE_VIEW], "next": None},
    "EntryList": {"items": [_ENTRY], "next": None},
    "DescriptionText": {"text": _WORKFLOW_TEXT},
    "CheckedText": {"descriptions": [_WORKFLOW], "mistakes": []},
    "WorkflowEdit": {"text": "", "workflow": _WORKFLOW},
    "WorkflowText": {"text": _WORKFLOW_TEXT},
    "Lineage": {
        "id": TASK,
        "nodes": [
            {
                "id": TASK,
                "kind": "task",
                "name": "digits",
                "version": "train-numpy 1.0.0",
                "owner": "ann",
                "state": "succeeded",
                "seconds": 8.2,
                "metrics": {"accuracy": 0.97},
                "created_at": "2026-03-02T08:30:00Z",
            }
        ],
        "edges": [{"source": ARTIFACT, "target": TASK, "role": "data"}],
        "truncated": False,
    },
    "Queues": {"items": [_QUEUED], "next": None, "total": 1, "paused": []},
    "PauseRequest": {"paused": True},
    "TenantRequest": _TENANT,
    "TenantView": _TENANT_VIEW,
    "MembersRequest": {"members": {"ann": "admin", "bob": "viewer"}},
    "Login": {"name": "ann", "password": "correct horse battery"},
    "RefreshRequest": {"refresh_token": _OPAQUE},
    "PasswordSetting": {"name": "ann", "token": _OPAQUE, "password": "correct horse battery"},
    "PasswordChange": {"old": "correct horse battery", "new": "staple and more of it"},
    "Tokens": {
        "token_type": "Bearer",
        "access_token": "eyJhbGciOiJFZERTQSJ9.e30.c2ln",
        "expires_in": 900,
        "refresh_token": _OPAQUE,
    },
    "UserRequest": {"name": "bob", "role": "user"},
    "UserView": _USER,
    "UserList": {"items": [_USER], "next": None},
    "Invitation": {"name": "bob", "token": _OPAQUE, "expires_at": "2026-03-05T08:30:00Z"},
    "Disabling": {"disabled": True},
    "AuditPage": {"items": [_ENTERED], "next": None},
    "Jwks": {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "EdDSA",
                "use": "sig",
                "kid": "3f2a9c1d5b7e8f60",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            }
        ]
    },
    "TenantList": {"items": [_TENANT_VIEW], "next": None},
    "Health": {"status": "ok", "version": "0.1.0"},
    "Length": {"length": 2048},
    "WorkerSpec": {
        "kind": "task",
        "id": TASK,
        "name": "digits",
        "command": ["python3", "${OPERATORS}/train-numpy/train.py"],
        "params": {"epochs": 30},
        "inputs": {
            "data": {
                "files": [{"path": "digits.csv.gz", "size": 52013, "digest": DIGEST}],
                "source": "dataset digits version 1",
            }
        },
        "outputs": {"model": "model"},
        "registers": [],
        "resources": _RESOURCES,
        "checkpoint": False,
        "log_limit": 1073741824,
    },
}
"""By the name of the schema."""

_PARAMETERS: dict[str, Any] = {
    "id": TASK,
    "name": "digits",
    "version": 1,
    "output": "model",
    "path": "digits.csv.gz",
    "file": "digits.csv.gz",
    "label": "area=classification",
    "kind": "operator",
    "stream": "output",
    "rank": 0,
    "offset": 0,
    "limit": 50,
    "input": "model",
}
_ELSEWHERE: dict[tuple[str, str], Any] = {
    ("/api/v1/operators/{name}", "name"): "train-numpy",
    ("/api/v1/operators/{name}/versions", "name"): "count-rows",
    ("/api/v1/operators/{name}/versions/{version}", "name"): "count-rows",
    ("/api/v1/operators/{name}/versions/{version}", "version"): "1.0.0",
    ("/api/v1/operators/{name}/versions/{version}/image", "name"): "count-rows",
    ("/api/v1/operators/{name}/versions/{version}/image", "version"): "1.0.0",
    **{(f"/api/v1/runs/{{id}}{action}", "id"): RUN for action in ("", "/cancel", "/pause", "/resume", "/retry")},
    **{(f"/api/v1/schedules/{{name}}{part}", "name"): "nightly" for part in ("", "/entries", "/pause", "/resume")},
    ("/api/v1/queue/{name}", "name"): "task",
    ("/api/v1/artifacts/{id}", "id"): ARTIFACT,
    ("/api/v1/models/{name}/{version}/{path}", "path"): "model.json",
    ("/api/v1/tasks/{id}/outputs/{output}/{path}", "path"): "model.json",
    ("/api/v1/worker/inputs/{name}/{path}", "name"): "data",
    ("/api/v1/worker/outputs/{name}/{path}", "name"): "model",
    ("/api/v1/worker/outputs/{name}/{path}", "path"): "model.json",
}
"""Where a parameter of this name means something else."""


def parameter_example(path: str, name: str) -> Any:
    """An example of a path's or query's parameter; None where there is none."""
    return _ELSEWHERE.get((path, name), _PARAMETERS.get(name))
