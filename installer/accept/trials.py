"""What is tried: each trial does real work through the API and returns what it saw, or raises."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from installer.accept.client import PlatformClient
from installer.accept.report import Evidence
from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.models.site import Site

NAME = "acceptance-digits"
ACCURACY = 0.9
"""Held-out; scikit-learn's own examples reach 0.96 and more on this data with as simple models."""
WORKERS = 2
ROWS = 100
"""Held-out rows that are asked of the service."""
TOLERANCE = 1e-5
"""Between two float32 evaluations of one model by different libraries' builds: a few units in the last place of a probability."""
READY, TRAINED, SERVED = 120.0, 600.0, 180.0
"""Limits in seconds, generous: a busy machine of two cores needs a tenth."""


@dataclass
class Work:
    """What one trial leaves for the next."""

    client: PlatformClient
    site: Site
    data: bytes
    """The data set: a gzip'ed CSV, 64 pixels and the digit in each row."""
    tell: Callable[[Text], None]
    task: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)


def ready(work: Work) -> list[Evidence]:
    """The API answers over https, by a certificate of the site's own authority."""
    work.client.wait_until_ready(READY)
    return [_seen(Text(en="API ready", zh="API 就绪"), work.client.url)]


def upload(work: Work) -> list[Evidence]:
    """The data set goes in, and comes back the same."""
    stored = work.client.upload(f"/api/v1/datasets/{NAME}", work.data, file="digits.csv.gz")
    back = work.client.download(f"/api/v1/datasets/{NAME}/{stored['version']}/digits.csv.gz")
    sent, got = (hashlib.sha256(content).hexdigest() for content in (work.data, back))
    if sent != got:
        raise SlipwayError(
            Text(en="the data set came back changed", zh="数据集取回后内容不同"), why=Text.same(f"{sent} ≠ {got}")
        )
    return [_seen(Text(en="sha256 of what came back", zh="取回内容的 sha256"), got[:16], sent[:16])]


def train(work: Work) -> list[Evidence]:
    """A data-parallel torch job of two workers in two pods learns the digits."""
    request = {
        "operator": "train-torch",
        "name": NAME,
        "inputs": {"data": {"dataset": NAME}},
        "resources": {"replicas": WORKERS},
    }
    submitted = work.client.post("/api/v1/tasks", request)
    path = f"/api/v1/tasks/{submitted['id']}"
    said = Text.same("")

    def over(task: dict[str, Any]) -> bool:
        nonlocal said
        now = _sentence(task)
        if now != said:
            said = now
            work.tell(now)
        return task["state"] in ("succeeded", "failed", "cancelled")

    work.task = work.client.wait_for(path, over, TRAINED)
    if work.task["state"] != "succeeded":
        log = work.client.download(f"{path}/logs").decode(errors="replace").splitlines()[-15:]
        raise SlipwayError(
            Text(en="the training task did not succeed", zh="训练任务没有成功"),
            where=f"{NAME}: {work.task['state']}",
            why=Text(en="{reason}\n{log}", zh="{reason}\n{log}").format(reason=_reason(work.task), log="\n".join(log)),
        )
    metrics = work.task["metrics"]
    _must(metrics["accuracy"] > ACCURACY, Text(en="the model is too inaccurate", zh="模型准确率过低"), metrics)
    _must(
        metrics["replicas"] == WORKERS,
        Text(en="the workers did not train together", zh="工作进程没有协同训练"),
        metrics,
    )
    return [
        _seen(
            Text(en="accuracy on held-out rows", zh="留出样本上的准确率"), f"{metrics['accuracy']:.4f}", f"> {ACCURACY}"
        ),
        _seen(Text(en="held-out rows", zh="留出样本数"), f"{metrics['held_out']:.0f}"),
        _seen(
            Text(en="workers that trained together", zh="协同训练的工作进程"),
            f"{metrics['replicas']:.0f}",
            str(WORKERS),
        ),
        _seen(Text(en="placed on", zh="所在节点"), ", ".join(work.task["placement"])),
    ]


def register(work: Work) -> list[Evidence]:
    """The task's output becomes a version of a model."""
    work.model = work.client.post("/api/v1/models", {"name": NAME, "task": work.task["id"], "output": "model"})
    _must(work.model["task"] == work.task["id"], Text(en="the model's origin is lost", zh="模型来源丢失"), work.model)
    return [_seen(Text(en="model", zh="模型"), f"{work.model['name']} v{work.model['version']}")]


def publish(work: Work) -> list[Evidence]:
    """The model becomes a service."""
    path = f"/api/v1/services/{NAME}"
    if work.client.exists(path) and work.client.get(path)["state"] != "stopped":
        work.client.delete(path)
        work.client.wait_for(path, lambda s: s["state"] == "stopped", SERVED)
    request = {"name": NAME, "model": NAME, "version": work.model["version"]}
    work.client.post("/api/v1/services", request)
    service = work.client.wait_for(path, lambda s: s["state"] in ("ready", "failed"), SERVED)
    if service["state"] != "ready":
        not_started = Text(en="the service did not start", zh="服务没有启动")
        raise SlipwayError(not_started, where=f"{NAME}: {service['state']}", why=_reason(service))
    return [_seen(Text(en="service", zh="服务"), f"{NAME}: {service['state']}", "ready")]


def predict(work: Work) -> list[Evidence]:
    """What the service answers over https is what the model itself said of the same rows."""
    table = work.client.download(f"/api/v1/tasks/{work.task['id']}/outputs/predictions/predictions.csv")
    rows = list(csv.DictReader(io.StringIO(table.decode())))[:ROWS]
    features = [name for name in rows[0] if name.startswith("x")]
    chances = [name for name in rows[0] if name.startswith("p_")]
    tensor = {
        "name": "rows",
        "datatype": "FP32",
        "shape": [len(rows), len(features)],
        "data": [float(row[name]) for row in rows for name in features],
    }
    answer = work.client.post(f"/api/v1/services/{NAME}/infer", {"inputs": [tensor]})
    out = {output["name"]: output["data"] for output in answer["outputs"]}
    same = sum(said == row["predicted"] for said, row in zip(out["label"], rows, strict=True))
    expected = [float(row[name]) for row in rows for name in chances]
    apart = max(math.fabs(a - b) for a, b in zip(out["probabilities"], expected, strict=True))
    _must(
        same == len(rows) and apart <= TOLERANCE,
        Text(en="the service does not answer what the model says", zh="服务的回答与模型不一致"),
        {"equal": same, "rows": len(rows), "apart": apart},
    )
    return [
        _seen(Text(en="predictions equal to the model's own", zh="与模型自身一致的预测"), f"{same}", f"{len(rows)}"),
        _seen(
            Text(en="largest difference of a probability", zh="概率的最大差异"), f"{apart:.1e}", f"≤ {TOLERANCE:.0e}"
        ),
    ]


TRIALS: list[tuple[str, Text, Callable[[Work], list[Evidence]]]] = [
    ("ready", Text(en="The platform answers over https", zh="平台以 https 应答"), ready),
    ("data", Text(en="A data set is uploaded", zh="上传数据集"), upload),
    ("train", Text(en="Two workers train a model together", zh="两个工作进程协同训练模型"), train),
    ("register", Text(en="The model is registered", zh="登记模型"), register),
    ("publish", Text(en="The model is published as a service", zh="发布为在线服务"), publish),
    ("predict", Text(en="The service predicts what the model says", zh="服务的预测与模型一致"), predict),
]


def _sentence(task: dict[str, Any]) -> Text:
    epoch = task.get("metrics", {}).get("epoch")
    more = _reason(task) if task.get("reason") else Text.same(f"epoch {epoch:.0f}" if epoch else "")
    if not more.en:
        return Text.same(f"{NAME}: {task['state']}")
    return Text(en="{name}: {state} ({more})", zh="{name}: {state}（{more}）").format(
        name=NAME, state=task["state"], more=more
    )


def _reason(item: dict[str, Any]) -> Text:
    """Why the platform says that it stands as it does, in each language."""
    reason = item.get("reason") or {}
    return Text(**reason["text"]) if reason else Text.same("")


def _seen(text: Text, value: str, wanted: str = "") -> Evidence:
    return Evidence(text=text, value=value, wanted=wanted)


def _must(true: bool, what: Text, seen: object) -> None:
    if not true:
        raise SlipwayError(what, why=Text.same(str(seen)))
