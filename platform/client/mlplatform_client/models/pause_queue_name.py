from typing import Literal

PauseQueueName = Literal["service", "task"]

PAUSE_QUEUE_NAME_VALUES: set[PauseQueueName] = {
    "service",
    "task",
}


def check_pause_queue_name(value: str) -> PauseQueueName:
    if value in PAUSE_QUEUE_NAME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PAUSE_QUEUE_NAME_VALUES!r}")
