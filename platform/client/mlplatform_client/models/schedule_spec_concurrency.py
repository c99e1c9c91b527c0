from typing import Literal

ScheduleSpecConcurrency = Literal["allow", "forbid", "replace"]

SCHEDULE_SPEC_CONCURRENCY_VALUES: set[ScheduleSpecConcurrency] = {
    "allow",
    "forbid",
    "replace",
}


def check_schedule_spec_concurrency(value: str) -> ScheduleSpecConcurrency:
    if value in SCHEDULE_SPEC_CONCURRENCY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SCHEDULE_SPEC_CONCURRENCY_VALUES!r}")
