"""Time limits: how long an attempt may take, and when a task is of no use any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from mlplatform.models.base import Text
from mlplatform.models.workload import Reason
from mlplatform.storage.tables import Task

DEADLINE = Reason(
    code="deadline",
    text=Text(en="Its deadline passed before it had ended.", zh="未能在截止时间之前结束。"),
).model_dump()
CODES = frozenset({"deadline", "timeout"})
"""Who is stopped for these reasons has failed."""


def overdue(task: Task | Row[Any], now: datetime) -> dict[str, Any] | None:
    """The reason to stop a task that has started, when there is one."""
    if task.deadline and now > task.deadline:
        return DEADLINE
    if task.timeout and task.started_at and now > task.started_at + timedelta(seconds=task.timeout):
        text = Text(en="It took longer than its time limit of {seconds} s.", zh="运行时间超过上限 {seconds} 秒。")
        return Reason(code="timeout", text=text.format(seconds=task.timeout)).model_dump()
    return None
