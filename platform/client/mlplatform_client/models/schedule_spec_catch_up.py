from typing import Literal

ScheduleSpecCatchUp = Literal["all", "last", "skip"]

SCHEDULE_SPEC_CATCH_UP_VALUES: set[ScheduleSpecCatchUp] = {
    "all",
    "last",
    "skip",
}


def check_schedule_spec_catch_up(value: str) -> ScheduleSpecCatchUp:
    if value in SCHEDULE_SPEC_CATCH_UP_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SCHEDULE_SPEC_CATCH_UP_VALUES!r}")
