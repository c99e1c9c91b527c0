"""site.yaml -> Site. Every error of the file at once, each with its line, its place, and what may stand there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from installer.common.errors import InvalidInput
from installer.common.text import Text
from installer.configure import yaml_text
from installer.configure.rules import Problem, broken_rules
from installer.configure.yaml_text import Place
from installer.models.site import Site


class InvalidSite(InvalidInput):
    """The file has errors; `problems` holds each with its line and place."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        first = self.problems[0]
        if len(self.problems) == 1:
            super().__init__(first.what, where=_where(name, first), fix=first.fix)
            return
        super().__init__(
            Text(en=f"{len(self.problems)} errors", zh=f"{len(self.problems)} 处错误"),
            where=name,
            why=Text(**{lang: "\n".join(_line(name, p, lang) for p in self.problems) for lang in ("en", "zh")}),
            fix=Text(en="correct each of them, then run the command again", zh="请逐一改正后重新运行该命令"),
        )


def load_site(path: Path) -> Site:
    """Read and validate a site file.

    Raises:
        InvalidInput: the file cannot be read or is not YAML.
        InvalidSite: it is YAML, but not a site; holds every error.
    """
    name = path.name
    document = yaml_text.parse(yaml_text.read_text(path), name)
    if not isinstance(document, dict):
        empty = document is None
        raise InvalidInput(
            Text(en="the file is empty", zh="文件为空")
            if empty
            else Text(en="the file does not begin with fields", zh="文件不是由字段组成"),
            where=str(path),
            fix=Text(en="make one with slipway configure", zh="请用 slipway configure 生成"),
        )
    data = yaml_text.plain(document)
    try:
        # Strict: a port written as text is an error that is told, not a guess. Only names as in the file: camelCase.
        site = Site.model_validate(data, strict=True, by_alias=True, by_name=False)
        problems = broken_rules(site)
    except ValidationError as error:
        problems = [_problem(details, data) for details in error.errors(include_url=False)]
    if problems:
        placed = [_with_line(problem, document) for problem in problems]
        raise InvalidSite(name, sorted(placed, key=lambda p: p.line or 0))
    return site


def _with_line(problem: Problem, document: Any) -> Problem:
    steps = [int(s) if s.isdigit() else s for s in re.findall(r"[^.\[\]]+", problem.path)]
    return Problem(problem.path, problem.what, problem.fix, yaml_text.line_of(document, tuple(steps)))


def _where(name: str, problem: Problem) -> str:
    return f"{name}:{problem.line} {problem.path}".rstrip()


def _line(name: str, problem: Problem, lang: str) -> str:
    fix = f" — {getattr(problem.fix, lang)}" if problem.fix else ""
    return f"{_where(name, problem)}: {getattr(problem.what, lang)}{fix}"


def _path(place: Place) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")


TYPES = {
    "string_type": Text(en="text", zh="文本"),
    "int_type": Text(en="a whole number", zh="整数"),
    "list_type": Text(en="a list (lines that begin with '- ')", zh="列表（以“- ”开头的行）"),
    "model_type": Text(en="fields of its own, indented under it", zh="缩进在其下的字段"),
}


def _problem(details: ErrorDetails, data: Any) -> Problem:
    """One of pydantic's errors in a person's words."""
    place: Place = tuple(details["loc"])
    kind, context = details["type"], details.get("ctx", {})
    value = details["input"]
    shown = (
        "nothing" if value is None else f"'{value}'" if isinstance(value, str | int | float) else type(value).__name__
    )
    if kind == "extra_forbidden":
        return _unknown_field(place)
    if kind == "missing":
        return Problem(
            _path(place),
            Text(en=f"the field {place[-1]} is missing", zh=f"缺少字段 {place[-1]}"),
            Text(
                en="add it; slipway configure writes a complete file", zh="请补上；slipway configure 会生成完整的文件"
            ),
        )
    if kind == "literal_error":
        allowed = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        return Problem(
            _path(place),
            Text(en=f"{shown} is not allowed here", zh=f"此处不允许 {shown}"),
            Text(en=f"allowed: {allowed}", zh=f"可用值：{allowed}"),
        )
    if kind in TYPES:
        wanted = TYPES[kind]
        got = Text(en=f"{shown} where {wanted.en} is expected", zh=f"{shown} 应为{wanted.zh}")
        quote = Text(en=f'write it in quotes: "{value}"', zh=f'请加引号："{value}"')
        return Problem(_path(place), got, quote if kind == "string_type" and isinstance(value, int | float) else None)
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        limit = (
            Text(en=f"at least {bound}", zh=f"不小于 {bound}")
            if "ge" in context
            else Text(en=f"at most {bound}", zh=f"不大于 {bound}")
        )
        return Problem(_path(place), Text(en=f"{shown} is out of range", zh=f"{shown} 超出范围"), limit)
    if kind == "too_short":
        return Problem(
            _path(place), Text(en="the list is empty", zh="列表为空"), Text(en="at least one entry", zh="至少一项")
        )
    if kind == "string_pattern_mismatch":
        return Problem(
            _path(place),
            Text(en=f"{shown} is not written as expected", zh=f"{shown} 格式不正确"),
            _pattern(place, context),
        )
    return Problem(_path(place), Text.same(str(details["msg"])))


def _pattern(place: Place, context: dict[str, Any]) -> Text:
    known = {
        "name": Text(en="lower-case letters, digits and '-', up to 40, no '-' at the ends", zh="小写字母、数字和“-”，最长 40 个字符，首尾不能是“-”"),
        "databaseSize": Text(en="a number with Mi, Gi or Ti, as 5Gi", zh="数字加 Mi、Gi 或 Ti，如 5Gi"),
    }  # fmt: skip
    return known.get(str(place[-1])) or Text(
        en=f"it must match {context.get('pattern')}", zh=f"须匹配 {context.get('pattern')}"
    )


def _unknown_field(place: Place) -> Problem:
    allowed = _fields(place[:-1])
    name = str(place[-1])
    near = difflib.get_close_matches(name.lower(), [a.lower() for a in allowed], n=1, cutoff=0.6)
    nearest = next((a for a in allowed if near and a.lower() == near[0]), None)
    listed = ", ".join(allowed)
    return Problem(
        _path(place),
        Text(en=f"there is no field {name} here", zh=f"此处没有字段 {name}"),
        Text(en=f"did you mean {nearest}? allowed: {listed}", zh=f"是否应为 {nearest}？可用字段：{listed}")
        if nearest
        else Text(en=f"allowed: {listed}", zh=f"可用字段：{listed}"),
    )


def _fields(place: Place) -> list[str]:
    """The names of the fields that may stand at a place of a site file."""
    model: type[BaseModel] = Site
    for step in place:
        if isinstance(step, int):
            continue
        field = next(f for n, f in model.model_fields.items() if step == (f.alias or n))
        model = _model_in(field.annotation)
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel]:
    """The model inside `list[Model]` or `Model | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(model for inner in get_args(annotation) if (model := _model_or_none(inner)))


def _model_or_none(annotation: Any) -> type[BaseModel] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
