"""Pydantic's errors as sentences in both languages that say what to do."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from mlplatform.models.base import Text

_TYPES = {
    "string": Text(en="text", zh="文本"),
    "int": Text(en="a whole number", zh="整数"),
    "float": Text(en="a number", zh="数字"),
    "bool": Text(en="true or false", zh="true 或 false"),
    "list": Text(en="a list", zh="列表"),
    "dict": Text(en="a mapping of names to values", zh="键值映射"),
    "model": Text(en="a mapping of names to values", zh="键值映射"),
}
_LIMITS = {
    "greater_than": ("gt", Text(en="must be greater than {limit}", zh="必须大于 {limit}")),
    "greater_than_equal": ("ge", Text(en="must be at least {limit}", zh="不得小于 {limit}")),
    "less_than": ("lt", Text(en="must be less than {limit}", zh="必须小于 {limit}")),
    "less_than_equal": ("le", Text(en="must be at most {limit}", zh="不得大于 {limit}")),
    "too_long": ("max_length", Text(en="has more than {limit} entries", zh="超过 {limit} 项")),
    "too_short": ("min_length", Text(en="needs at least {limit} entries", zh="至少需要 {limit} 项")),
    "string_too_short": ("min_length", Text(en="needs at least {limit} characters", zh="至少需要 {limit} 个字符")),
    "string_too_long": ("max_length", Text(en="has more than {limit} characters", zh="超过 {limit} 个字符")),
}
_SAID = {
    "name exactly one of dataset, model and task": "dataset、model、task 必须且只能写一个",
    "name exactly one of dataset, model and step": "dataset、model、step 必须且只能写一个",
    "task and output go together": "task 与 output 必须同时写",
    "step and output go together": "step 与 output 必须同时写",
    "best chooses among the tasks of a step": "best 用于在步骤的多个任务中选择",
    "name at_least, at_most or both": "请写 at_least、at_most 或两者",
    "must have five fields: minute, hour, day of the month, month, day of the week": "必须有五个字段：分、时、日、月、星期",
    "is no cron expression that ever comes; one is 30 2 * * MON-FRI": "不是会到来的 cron 表达式；例如 30 2 * * MON-FRI",
    "is no time zone of the tz database, such as Europe/Berlin": "不是 tz 数据库中的时区，例如 Asia/Shanghai",
    "name either a workflow or a task": "workflow 与 task 必须且只能写一个",
    "only a port of type model has a format": "只有 model 类型的端口才有 format",
    "only a data set of type table has columns": "只有 table 类型的数据集才有 columns",
    "parameters are an object: type: object": "参数必须是对象：type: object",
}
"""Chinese for what our own validators say."""


def explain(error: Any, known: Sequence[str] = ()) -> Text:
    """An entry of `ValidationError.errors()` for people.

    Args:
        known: the fields that are allowed where the error is.
    """
    kind, context, seen = error["type"], error.get("ctx", {}), _show(error["input"])
    if kind == "missing":
        return Text(en="is missing; add it", zh="缺少此字段；请补上")
    if kind == "extra_forbidden":
        return unknown(str(error["loc"][-1]), known)
    if kind == "literal_error":
        allowed = context["expected"].replace(" or ", ", ").replace("'", "")
        return Text(en="must be one of {allowed}, not {seen}", zh="必须是 {allowed} 之一，而不是 {seen}").format(
            allowed=allowed, seen=seen
        )
    if kind == "string_pattern_mismatch":
        return Text(en="{seen} does not fit the pattern {pattern}", zh="{seen} 不符合格式 {pattern}").format(
            seen=seen, pattern=context["pattern"]
        )
    if kind in _LIMITS:
        key, text = _LIMITS[kind]
        return text.format(limit=context[key])
    if wanted := _TYPES.get(kind.removesuffix("_type").removesuffix("_parsing")):
        return Text(en="must be {en}, not {seen}", zh="必须是{zh}，而不是 {seen}").format(
            en=wanted.en, zh=wanted.zh, seen=seen
        )
    said = error["msg"].removeprefix("Value error, ")
    return Text(en=said, zh=_SAID.get(said, said))


def unknown(name: str, known: Sequence[str]) -> Text:
    """A name that is not among those that there are, with the nearest of them."""
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return Text(en="there is no {name} here; did you mean {near}?", zh="此处没有 {name}；是否想写 {near}？").format(
            name=name, near=near[0]
        )
    if known:
        return Text(en="there is no {name} here; there is: {known}", zh="此处没有 {name}；可用的有：{known}").format(
            name=name, known=", ".join(sorted(known))
        )
    return Text(en="there is no {name} here; leave it out", zh="此处没有 {name}；请去掉").format(name=name)


def _show(value: Any) -> str:
    text = {None: "nothing"}.get(value, repr(value)) if not isinstance(value, list | dict) else type(value).__name__
    return text if len(text) <= 60 else text[:57] + "…"
