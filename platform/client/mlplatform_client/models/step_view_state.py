from typing import Literal

StepViewState = Literal["cancelled", "failed", "running", "skipped", "succeeded", "waiting"]

STEP_VIEW_STATE_VALUES: set[StepViewState] = {
    "cancelled",
    "failed",
    "running",
    "skipped",
    "succeeded",
    "waiting",
}


def check_step_view_state(value: str) -> StepViewState:
    if value in STEP_VIEW_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STEP_VIEW_STATE_VALUES!r}")
