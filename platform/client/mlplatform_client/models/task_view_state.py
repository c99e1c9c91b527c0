from typing import Literal

TaskViewState = Literal["cancelled", "cancelling", "failed", "queued", "requeuing", "running", "starting", "succeeded"]

TASK_VIEW_STATE_VALUES: set[TaskViewState] = {
    "cancelled",
    "cancelling",
    "failed",
    "queued",
    "requeuing",
    "running",
    "starting",
    "succeeded",
}


def check_task_view_state(value: str) -> TaskViewState:
    if value in TASK_VIEW_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TASK_VIEW_STATE_VALUES!r}")
