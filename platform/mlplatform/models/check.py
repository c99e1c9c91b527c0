"""What descriptions say of each other: references that lead somewhere, connections of like types, no cycles."""

from __future__ import annotations

import graphlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, TypeVar

from mlplatform import statistics
from mlplatform.models.base import Text
from mlplatform.models.dataset import Dataset
from mlplatform.models.document import FieldPath
from mlplatform.models.load import Loaded
from mlplatform.models.mistakes import Mistake
from mlplatform.models.model import TrainedModel
from mlplatform.models.operator import Operator, Port
from mlplatform.models.params import wrong_params
from mlplatform.models.schedule import Schedule
from mlplatform.models.service import Service
from mlplatform.models.words import unknown
from mlplatform.models.workflow import Source, Step, Workflow

T = TypeVar("T")
Found = Iterator[tuple[FieldPath, Text]]


def check(loaded: Sequence[Loaded], operators: Mapping[str, Operator]) -> list[Mistake]:
    """The mistakes between descriptions that are used together.

    Args:
        operators: those that the platform has; the descriptions may add to them.
    """
    return _Check(loaded, operators).mistakes()


def check_files(loaded: Sequence[Loaded]) -> list[Mistake]:
    """The files that descriptions name, which have to lie in the folder of the description. Not for texts from elsewhere."""
    return [
        item.document.mistake(*wrong)
        for item in loaded
        if isinstance(item.description, Dataset | TrainedModel)
        for wrong in (list(_files(item)) or _columns(item))
    ]


class _Check:
    def __init__(self, loaded: Sequence[Loaded], operators: Mapping[str, Operator]) -> None:
        self._loaded = loaded
        own = {d.metadata.name: d for d in _of(loaded, Operator)}
        self._operators: dict[str, Operator] = {**operators, **own}
        self._datasets = {d.metadata.name: d for d in _of(loaded, Dataset)}
        self._models = {d.metadata.name: d for d in _of(loaded, TrainedModel)}

    def mistakes(self) -> list[Mistake]:
        checks: dict[type[Any], Callable[[Any], Found]] = {
            Workflow: self._workflow,
            Service: self._service,
            Schedule: self._schedule,
        }
        seen: set[tuple[str, str]] = set()
        found: list[Mistake] = []
        for item in self._loaded:
            description = item.description
            key = (description.kind, description.metadata.name)
            if key in seen:
                twice = Text(en="this {kind} is described twice; keep one", zh="{kind} 重复描述；请只保留一个")
                found.append(item.document.mistake(("metadata", "name"), twice.format(kind=description.kind)))
            seen.add(key)
            if type(description) in checks:
                found += [item.document.mistake(*wrong) for wrong in checks[type(description)](description)]
        return found

    def _workflow(self, workflow: Workflow) -> Found:
        steps = workflow.spec.steps
        for name, step in steps.items():
            where = ("spec", "steps", name)
            operator = self._operators.get(step.operator)
            yield from self._runs(step.operator, (*where, "operator"))
            if operator is None:
                continue
            yield from self._step(step, operator, steps, where)
        yield from _cycle(steps)

    def _runs(self, name: str, place: FieldPath) -> Found:
        """An operator that a step or a task names has to be there, and to run to an end."""
        operator = self._operators.get(name)
        if operator is None:
            yield place, unknown(name, list(self._operators))
        elif "train" not in operator.spec.modes:
            serves = Text(
                en="{name} serves and does not run to an end; use it in a Service",
                zh="{name} 用于在线服务，不会运行结束；请在 Service 中使用",
            )
            yield place, serves.format(name=name)

    def _step(self, step: Step, operator: Operator, steps: Mapping[str, Step], where: FieldPath) -> Found:
        yield from _params(step, operator, where)
        if step.when is not None:
            yield from _earlier(step.when.step, steps, (*where, "when"))
        yield from _missing(step.inputs, operator, where)
        for name, source in step.inputs.items():
            place = (*where, "inputs", name)
            wanted = operator.spec.inputs.get(name)
            if wanted is None:
                yield place, unknown(name, list(operator.spec.inputs))
                continue
            given = self._given(source, steps)
            if isinstance(given, Port):
                if reason := wanted.refuses(given):
                    yield place, reason
            elif given is not None:
                yield (*place, given[0]), given[1]
            if before := steps.get(source.step or ""):
                yield from _which(source, before, place)

    def _given(self, source: Source, steps: Mapping[str, Step]) -> Port | tuple[str, Text] | None:
        """What a source gives; or the field that leads nowhere and why; None where that shows only when it runs."""
        if source.dataset is not None:
            dataset = self._datasets.get(source.dataset)
            # One that is not described here is taken for a table, which tables and files accept, and models do not.
            return _port("table" if dataset is None else dataset.spec.type)
        if source.model is not None:
            model = self._models.get(source.model)
            return _port("model", model.spec.format if model else None)
        step = steps.get(source.step or "")
        if step is None:
            return "step", unknown(source.step or "", list(steps))
        operator = self._operators.get(step.operator)
        if operator is None:
            return None  # told at that step
        port = operator.spec.outputs.get(source.output or "")
        return port or ("output", unknown(source.output or "", list(operator.spec.outputs)))

    def _schedule(self, schedule: Schedule) -> Found:
        """What a scheduled task asks of its operator. A workflow may be on the platform already: that shows there."""
        task, where = schedule.spec.task, ("spec", "task")
        if task is None:
            return
        yield from self._runs(task.operator, (*where, "operator"))
        if operator := self._operators.get(task.operator):
            for wrong in wrong_params(operator.spec.params, task.params):
                yield (*where, "params", *wrong.path), wrong.message
            yield from _missing(task.inputs, operator, where)
            for name in task.inputs.keys() - operator.spec.inputs.keys():
                yield (*where, "inputs", name), unknown(name, list(operator.spec.inputs))

    def _service(self, service: Service) -> Found:
        spec = service.spec
        operator = self._operators.get(spec.operator)
        if operator is None:
            yield ("spec", "operator"), unknown(spec.operator, list(self._operators))
            return
        wanted = operator.spec.inputs.get("model")
        if "serve" not in operator.spec.modes or wanted is None:
            yield (
                ("spec", "operator"),
                Text(
                    en="{name} serves no model: it needs the mode serve and an input named model",
                    zh="{name} 不能提供模型服务：需要 serve 模式和名为 model 的输入",
                ).format(name=spec.operator),
            )
            return
        for wrong in wrong_params(operator.spec.params, spec.params):
            yield ("spec", "params", *wrong.path), wrong.message
        model = self._models.get(spec.model)
        if model and (reason := wanted.refuses(_port("model", model.spec.format))):
            yield ("spec", "model"), reason


def _missing(inputs: Mapping[str, object], operator: Operator, where: FieldPath) -> Found:
    for name, port in operator.spec.inputs.items():
        if name not in inputs and not port.optional:
            missing = Text(
                en="input {name} is not connected; connect a {type}", zh="输入 {name} 未连接；请连接 {type} 类型"
            )
            yield (*where, "inputs"), missing.format(name=name, type=port.type)


def _params(step: Step, operator: Operator, where: FieldPath) -> Found:
    """The parameters of each of a step's tasks."""
    foreach = step.foreach
    if foreach is None:
        for wrong in wrong_params(operator.spec.params, step.params):
            yield (*where, "params", *wrong.path), wrong.message
        return
    known = list(operator.spec.params.get("properties", {}))
    if foreach.param not in known:
        yield (*where, "foreach", "param"), unknown(foreach.param, known)
        return
    if foreach.param in step.params:
        both = Text(
            en="foreach gives this parameter its values; leave it out here",
            zh="该参数的值由 foreach 给出；请在此去掉",
        )
        yield (*where, "params", foreach.param), both
    for index, params in enumerate(step.items()):
        for wrong in wrong_params(operator.spec.params, params):
            if wrong.path[:1] == (foreach.param,):
                yield (*where, "foreach", "values", index), wrong.message
            elif index == 0:
                yield (*where, "params", *wrong.path), wrong.message


def _earlier(name: str, steps: Mapping[str, Step], place: FieldPath) -> Found:
    """The step whose metric a condition compares."""
    if name not in steps:
        yield (*place, "step"), unknown(name, list(steps))
    elif steps[name].foreach is not None:
        several = Text(
            en="{name} runs once for each of several values; compare a metric of a step that runs once",
            zh="{name} 对多个值各运行一次；请比较只运行一次的步骤的指标",
        )
        yield (*place, "step"), several.format(name=name)


def _which(source: Source, step: Step, place: FieldPath) -> Found:
    """Of a fanned-out step it has to be said which task is meant, and of no other."""
    if step.foreach is not None and source.best is None:
        several = Text(
            en="{name} runs once for each of several values; say which is meant: best: {{metric: …, order: highest}}",
            zh="{name} 对多个值各运行一次；请指明取哪一个：best: {{metric: …, order: highest}}",
        )
        yield place, several.format(name=source.step)
    elif step.foreach is None and source.best is not None:
        once = Text(en="{name} runs once; leave best out", zh="{name} 只运行一次；请去掉 best")
        yield (*place, "best"), once.format(name=source.step)


def _of(loaded: Sequence[Loaded], kind: type[T]) -> list[T]:
    return [item.description for item in loaded if isinstance(item.description, kind)]


def _port(type_: Any, format_: str | None = None) -> Port:
    return Port(type=type_, title=Text(en="", zh=""), format=format_)


def _cycle(steps: Mapping[str, Step]) -> Found:
    """The first cycle, told at the step's input or condition that closes it."""
    before = {name: step.needs & steps.keys() for name, step in steps.items()}
    try:
        graphlib.TopologicalSorter(before).prepare()
    except graphlib.CycleError as error:
        cycle: list[str] = error.args[1]  # each is needed by the next; the first is the last again
        step = steps[cycle[1]]
        name = next((n for n, s in step.inputs.items() if s.step == cycle[0]), None)
        closing = ("when",) if name is None else ("inputs", name)
        yield (
            ("spec", "steps", cycle[1], *closing, "step"),
            Text(
                en="the steps wait for each other: {way}; take one connection out",
                zh="步骤相互等待：{way}；请去掉其中一个连接",
            ).format(way=" → ".join(cycle)),
        )


def _files(item: Loaded) -> Found:
    description = item.description
    if isinstance(description, Dataset):
        named: list[tuple[FieldPath, str]] = [(("spec", "file"), description.spec.file)]
    else:
        assert isinstance(description, TrainedModel)
        named = [(("spec", "files", i), f) for i, f in enumerate(description.spec.files)]
    for path, name in named:
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts or "\0" in name:
            yield path, Text(en="must be a path inside the description's folder", zh="必须是描述文件所在文件夹内的路径")
        elif not (item.document.file.parent / pure).is_file():
            yield path, Text(en="there is no such file beside the description", zh="描述文件旁没有此文件")


def _columns(item: Loaded) -> Found:
    """The columns that a data set declares have to be those of its table, as far as its beginning shows."""
    description = item.description
    if not isinstance(description, Dataset) or not description.spec.columns:
        return
    file = item.document.file.parent / description.spec.file
    table = statistics.of_file(file) if file.is_file() else None
    if table is None:
        if file.is_file():
            yield (
                ("spec", "file"),
                Text(en="is no CSV table that can be read (.csv, .csv.gz)", zh="不是可读取的 CSV 表（.csv、.csv.gz）"),
            )
        return
    declared, where = description.spec.columns, ("spec", "columns")
    if len(declared) != len(table.columns):
        number = Text(
            en="declares {declared} columns, the table has {seen}", zh="声明了 {declared} 列，表中有 {seen} 列"
        )
        yield where, number.format(declared=len(declared), seen=len(table.columns))
        return
    for index, (column, seen) in enumerate(zip(declared, table.columns, strict=True)):
        if table.header and column.name != seen.name:
            other = Text(en="the table calls this column {seen}", zh="表中此列名为 {seen}")
            yield (*where, index, "name"), other.format(seen=seen.name)
        if (
            column.type not in (seen.type, "text")
            and (column.type, seen.type) != ("number", "integer")
            and seen.missing < table.rows
        ):
            other = Text(en="the table has values of type {seen} in this column", zh="表中此列的值类型为 {seen}")
            yield (*where, index, "type"), other.format(seen=seen.type)
