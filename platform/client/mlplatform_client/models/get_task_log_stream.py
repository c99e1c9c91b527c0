from typing import Literal

GetTaskLogStream = Literal["metrics", "output"]

GET_TASK_LOG_STREAM_VALUES: set[GetTaskLogStream] = {
    "metrics",
    "output",
}


def check_get_task_log_stream(value: str) -> GetTaskLogStream:
    if value in GET_TASK_LOG_STREAM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GET_TASK_LOG_STREAM_VALUES!r}")
