from typing import Literal

RunViewState = Literal["cancelled", "cancelling", "failed", "running", "succeeded"]

RUN_VIEW_STATE_VALUES: set[RunViewState] = {
    "cancelled",
    "cancelling",
    "failed",
    "running",
    "succeeded",
}


def check_run_view_state(value: str) -> RunViewState:
    if value in RUN_VIEW_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {RUN_VIEW_STATE_VALUES!r}")
