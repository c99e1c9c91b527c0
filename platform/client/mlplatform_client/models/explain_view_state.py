from typing import Literal

ExplainViewState = Literal[
    "cancelled", "cancelling", "failed", "queued", "requeuing", "running", "starting", "succeeded"
]

EXPLAIN_VIEW_STATE_VALUES: set[ExplainViewState] = {
    "cancelled",
    "cancelling",
    "failed",
    "queued",
    "requeuing",
    "running",
    "starting",
    "succeeded",
}


def check_explain_view_state(value: str) -> ExplainViewState:
    if value in EXPLAIN_VIEW_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EXPLAIN_VIEW_STATE_VALUES!r}")
