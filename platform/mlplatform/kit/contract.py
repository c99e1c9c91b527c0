"""The checks, in the order in which an author wants to know: does the description fit, does it run, does it stop."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mlplatform.client import ClientError
from mlplatform.kit import samples
from mlplatform.kit.findings import Finding
from mlplatform.kit.stand import ENDED, Stand, TooLong, stand
from mlplatform.models.base import Text
from mlplatform.models.load import load_file, the_operator
from mlplatform.models.mistakes import InvalidDescription
from mlplatform.models.operator import Operator, Port
from mlplatform.models.params import with_defaults, wrong_params

GRACE = 20
"""Seconds from SIGTERM to SIGKILL, as the runner has it."""
TAIL = 1500
"""Characters of a log that a finding shows."""
TRAINER = "train-numpy"
"""The system operator that makes models for inputs of type model."""


def check_operator(
    folder: Path, given_params: dict[str, Any], given_inputs: Mapping[str, Path], patience: float
) -> Iterator[Finding]:
    """Everything that is checked about an operator, as it is found.

    Args:
        given_params: instead of what is made from the description.
        given_inputs: files for inputs, instead of generated ones.
        patience: seconds that one run may take.

    Raises:
        ClientError: the kit's own platform does not start.
    """
    file = folder / "operator.yaml"
    try:
        operator = the_operator(load_file(file), file)
    except InvalidDescription as error:
        for mistake in error.mistakes:
            yield Finding("description", "failed", Text(en=mistake.show("en"), zh=mistake.show("zh")))
        return
    found = list(_description(operator, folder, given_params, given_inputs))
    yield from found
    if any(f.outcome == "failed" for f in found):
        return
    with stand([folder], patience) as platform:
        yield from try_on(platform, operator, given_params, given_inputs)


def try_on(
    platform: Stand, operator: Operator, given_params: dict[str, Any], given_inputs: Mapping[str, Path]
) -> Iterator[Finding]:
    """What is checked by running the operator, on a platform that has it."""
    contract = _Contract(platform, operator, given_params, given_inputs)
    try:
        if "train" in operator.spec.modes:
            yield from contract.as_task()
        if "serve" in operator.spec.modes:
            yield from contract.as_service()
    except TooLong as error:
        yield _failed("ends", "does not end or start in time: {why}", "未在时限内结束或启动：{why}", why=error)
    except ClientError as error:
        yield _failed("request", "the platform refuses: {why}", "平台拒绝：{why}", why=error)
    yield from contract.left_alone()


def _description(
    operator: Operator, folder: Path, given_params: dict[str, Any], given_inputs: Mapping[str, Path]
) -> Iterator[Finding]:
    yield _good("description", "operator.yaml fits the schema", "operator.yaml 符合规范")
    start = "${OPERATORS}/" + operator.metadata.name + "/"
    for part in operator.spec.command:
        if part.startswith(start) and not (folder / part.removeprefix(start)).is_file():
            yield _failed(
                "command", "there is no {part} in the folder", "文件夹中没有 {part}", part=part.removeprefix(start)
            )
    for name in given_inputs.keys() - operator.spec.inputs.keys():
        yield _failed("inputs", "the operator has no input {name}", "算子没有输入 {name}", name=name)
    params = samples.params(operator.spec.params) | given_params
    for wrong in wrong_params(operator.spec.params, params):
        where = ".".join(map(str, wrong.path))
        yield Finding(
            "params",
            "failed",
            Text(en="{where}: {why}; give values with --params", zh="{where}：{zh}；请用 --params 给出").format(
                where=where, why=wrong.message.en, zh=wrong.message.zh
            ),
        )


class _Contract:
    def __init__(
        self, platform: Stand, operator: Operator, given_params: dict[str, Any], given_inputs: Mapping[str, Path]
    ) -> None:
        self._platform, self._operator, self._given = platform, operator, given_inputs
        self._name = operator.metadata.name
        self._params = samples.params(operator.spec.params) | given_params
        self._before = self._files()

    def as_task(self) -> Iterator[Finding]:
        """Runs it, again, with a wrong input, and stops it."""
        inputs = self._inputs()
        task = self._platform.run(self._name, self._params, inputs)
        if task["state"] != "succeeded":
            yield _failed(
                "runs",
                "exit code 0 was expected: {why}\n{log}",
                "应以退出码 0 结束：{why}\n{log}",
                why=task["reason"]["text"]["en"],
                log=self._tail(task),
            )
            return
        params = ", ".join(f"{k}={v}" for k, v in with_defaults(self._operator.spec.params, self._params).items())
        yield _good(
            "runs",
            "ends with exit code 0; parameters: {params}",
            "以退出码 0 结束；参数：{params}",
            params=params or "-",
        )
        yield from self._outputs(task)
        yield self._metrics(task)
        again = self._platform.run(self._name, self._params, inputs)
        if self._digests(task) == self._digests(again):
            yield _good("repeatable", "a second run gave the same outputs", "第二次运行的输出相同")
        else:
            yield _note(
                "repeatable",
                "a second run gave other outputs; a parameter `seed` helps",
                "第二次运行的输出不同；可加 seed 参数",
            )
        yield from self._wrong_input(inputs)
        yield self._stop(inputs)

    def as_service(self) -> Iterator[Finding]:
        """Publishes a model with it, asks it something wrong, and stops it."""
        if "model" not in self._operator.spec.inputs:
            yield _failed("service", "the mode serve needs an input named model", "serve 模式需要名为 model 的输入")
            return
        self._platform.client.call("POST", "/models", {"name": "kit", "task": self._model_task()})
        body = {"name": "kit", "model": "kit", "operator": self._name, "params": self._params}
        self._platform.client.call("POST", "/services", body)
        service = self._platform.wait("/services/kit", ("ready", "failed"))
        if service["state"] != "ready":
            yield _failed(
                "ready", "did not become ready: {why}", "未能就绪：{why}", why=service["reason"]["text"]["en"]
            )
            return
        yield _good("ready", "answers GET /v2/health/ready", "响应 GET /v2/health/ready")
        status = self._platform.client.status("POST", "/services/kit/infer", {})
        if status == 422:
            yield _good("refuses", "answers a wrong request with an error of its own", "对错误请求返回错误")
        else:
            yield _failed("refuses", "a wrong request should get a status from 400 to 499", "错误请求应返回 400 至 499")
        began = time.monotonic()
        self._platform.client.call("DELETE", "/services/kit")
        self._platform.wait("/services/kit", ("stopped",))
        yield stopped_after(time.monotonic() - began)

    def left_alone(self) -> Iterator[Finding]:
        """On a cluster the operator's folder is read-only."""
        changed = sorted(set(self._before.items()) ^ set(self._files().items()))
        if changed:
            names = ", ".join(sorted({name for name, _ in changed}))
            yield _failed(
                "folder",
                "writes into its own folder, read-only on a cluster: {names}",
                "写入自身文件夹（集群上只读）：{names}",
                names=names,
            )
        else:
            yield _good("folder", "leaves its own folder as it is", "未改动自身文件夹")

    def _inputs(self) -> dict[str, Any]:
        """What is given, and something for each input that has to be there."""
        wanted = {n: p for n, p in self._operator.spec.inputs.items() if n in self._given or not p.optional}
        return {name: self._source(name, port) for name, port in wanted.items()}

    def _source(self, name: str, port: Port) -> dict[str, str]:
        if file := self._given.get(name):
            self._platform.upload(name, file.name, file.read_bytes())
        elif port.type == "model":
            return {"task": self._model_task(), "output": "model"}
        else:
            self._platform.upload(name, *samples.content(port))
        return {"dataset": name}

    def _model_task(self) -> str:
        """A task that made a model; one for the whole platform."""
        made = self._platform.made
        if TRAINER not in made:
            self._platform.upload("kit-training", "sample.csv", samples.table())
            task = self._platform.run(TRAINER, {"epochs": 3}, {"data": {"dataset": "kit-training"}})
            made[TRAINER] = str(task["id"])
        return made[TRAINER]

    def _outputs(self, task: dict[str, Any]) -> Iterator[Finding]:
        for name, port in self._operator.spec.outputs.items():
            if name not in task["outputs"]:
                if not port.optional:
                    yield _failed("outputs", "output {name} has no file", "输出 {name} 没有文件", name=name)
                continue
            artifact = self._platform.client.call("GET", f"/artifacts/{task['outputs'][name]}")
            if port.type == "table" and not artifact["tables"]:
                yield _failed(
                    "outputs",
                    "output {name} is a table, but has no .csv or .csv.gz file that can be read",
                    "输出 {name} 的类型是 table，但没有可读取的 .csv 或 .csv.gz 文件",
                    name=name,
                )
                continue
            files = ", ".join(f"{f['path']} ({f['size']} B)" for f in artifact["files"])
            yield _good("outputs", "{name}: {files}", "{name}：{files}", name=name, files=files)

    def _metrics(self, task: dict[str, Any]) -> Finding:
        for number, line in enumerate(self._platform.log(task["id"], "metrics").splitlines(), 1):
            try:
                value = json.loads(line)
            except ValueError:
                value = None
            if not isinstance(value, dict) or not all(isinstance(v, int | float) for v in value.values()):
                return _failed(
                    "metrics",
                    "line {number} of the metrics is no JSON object of numbers: {line}",
                    "指标第 {number} 行不是由数字组成的 JSON 对象：{line}",
                    number=number,
                    line=line[:100].decode(errors="replace"),
                )
        if not task["metrics"]:
            return _note("metrics", "none are reported", "未上报指标")
        shown = ", ".join(f"{k}={v:.4g}" for k, v in task["metrics"].items())
        return _good("metrics", "{shown}", "{shown}", shown=shown)

    def _wrong_input(self, inputs: dict[str, Any]) -> Iterator[Finding]:
        name = next((n for n, p in self._operator.spec.inputs.items() if p.type == "table"), None)
        if name is None:
            return
        self._platform.upload("kit-junk", "junk.csv", samples.junk())
        task = self._platform.run(self._name, self._params, inputs | {name: {"dataset": "kit-junk"}})
        log = self._platform.log(task["id"]).decode(errors="replace")
        if task["state"] == "succeeded":
            yield _note("refuses", "random bytes as {name} are taken for a table", "随机字节被当作表 {name}", name=name)
        elif not log.strip() or "Traceback" in log:
            yield _failed(
                "refuses",
                "random bytes as {name} should end it with a sentence for its user, not with:\n{log}",
                "以随机字节作为 {name} 时应输出给用户看的说明，而不是：\n{log}",
                name=name,
                log=log[-TAIL:] or "-",
            )
        else:
            yield _good(
                "refuses",
                "random bytes as {name}: {log}",
                "随机字节作为 {name}：{log}",
                name=name,
                log=log.strip()[-200:],
            )

    def _stop(self, inputs: dict[str, Any]) -> Finding:
        task = self._platform.submit(self._name, self._params, inputs)
        if self._platform.wait_for_command(task):
            began = time.monotonic()
            if self._platform.client.status("POST", f"/tasks/{task}/cancel") == 200:
                self._platform.wait(f"/tasks/{task}", ENDED)
                return stopped_after(time.monotonic() - began)
        return _note("stops", "ended before it could be stopped", "在停止之前已经结束")

    def _digests(self, task: dict[str, Any]) -> dict[str, list[str]]:
        return {
            name: [f["digest"] for f in self._platform.client.call("GET", f"/artifacts/{id_}")["files"]]
            for name, id_ in task["outputs"].items()
        }

    def _tail(self, task: dict[str, Any]) -> str:
        return self._platform.log(task["id"]).decode(errors="replace")[-TAIL:]

    def _files(self) -> dict[str, tuple[int, int]]:
        """Size and time of change of each file of the operator's folder; what Python compiles is left out."""
        folder = self._platform.operators / self._name
        found = (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        return {str(p.relative_to(folder)): (p.stat().st_size, p.stat().st_mtime_ns) for p in found}


def stopped_after(seconds: float) -> Finding:
    """The verdict on how long it took from SIGTERM to the end."""
    if seconds < GRACE:
        return _good("stops", "ended {s:.1f} s after it was told to", "收到停止信号后 {s:.1f} 秒结束", s=seconds)
    return _failed(
        "stops",
        "did not end within {grace} s of SIGTERM and was killed; handle SIGTERM, or do not ignore it",
        "收到 SIGTERM 后 {grace} 秒内未结束，已被强制终止；请处理 SIGTERM，不要忽略",
        grace=GRACE,
    )


def _good(check: str, en: str, zh: str, **values: object) -> Finding:
    return Finding(check, "good", Text(en=en, zh=zh).format(**values))


def _note(check: str, en: str, zh: str, **values: object) -> Finding:
    return Finding(check, "note", Text(en=en, zh=zh).format(**values))


def _failed(check: str, en: str, zh: str, **values: object) -> Finding:
    return Finding(check, "failed", Text(en=en, zh=zh).format(**values))
