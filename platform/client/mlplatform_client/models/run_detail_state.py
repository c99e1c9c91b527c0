from typing import Literal

RunDetailState = Literal["cancelled", "cancelling", "failed", "running", "succeeded"]

RUN_DETAIL_STATE_VALUES: set[RunDetailState] = {
    "cancelled",
    "cancelling",
    "failed",
    "running",
    "succeeded",
}


def check_run_detail_state(value: str) -> RunDetailState:
    if value in RUN_DETAIL_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {RUN_DETAIL_STATE_VALUES!r}")
