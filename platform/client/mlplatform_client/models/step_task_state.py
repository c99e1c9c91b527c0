from typing import Literal

StepTaskState = Literal["cancelled", "failed", "running", "skipped", "succeeded", "waiting"]

STEP_TASK_STATE_VALUES: set[StepTaskState] = {
    "cancelled",
    "failed",
    "running",
    "skipped",
    "succeeded",
    "waiting",
}


def check_step_task_state(value: str) -> StepTaskState:
    if value in STEP_TASK_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STEP_TASK_STATE_VALUES!r}")
