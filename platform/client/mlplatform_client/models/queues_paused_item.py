from typing import Literal

QueuesPausedItem = Literal["service", "task"]

QUEUES_PAUSED_ITEM_VALUES: set[QueuesPausedItem] = {
    "service",
    "task",
}


def check_queues_paused_item(value: str) -> QueuesPausedItem:
    if value in QUEUES_PAUSED_ITEM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {QUEUES_PAUSED_ITEM_VALUES!r}")
