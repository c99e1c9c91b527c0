from typing import Literal

QueueItemQueue = Literal["service", "task"]

QUEUE_ITEM_QUEUE_VALUES: set[QueueItemQueue] = {
    "service",
    "task",
}


def check_queue_item_queue(value: str) -> QueueItemQueue:
    if value in QUEUE_ITEM_QUEUE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {QUEUE_ITEM_QUEUE_VALUES!r}")
