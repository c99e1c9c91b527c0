from typing import Literal

ListTasksStateType0 = Literal[
    "cancelled", "cancelling", "failed", "queued", "requeuing", "running", "starting", "succeeded"
]

LIST_TASKS_STATE_TYPE_0_VALUES: set[ListTasksStateType0] = {
    "cancelled",
    "cancelling",
    "failed",
    "queued",
    "requeuing",
    "running",
    "starting",
    "succeeded",
}


def check_list_tasks_state_type_0(value: str) -> ListTasksStateType0:
    if value in LIST_TASKS_STATE_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIST_TASKS_STATE_TYPE_0_VALUES!r}")
