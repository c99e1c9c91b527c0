from typing import Literal

EntryViewState = Literal["begun", "failed", "left_out"]

ENTRY_VIEW_STATE_VALUES: set[EntryViewState] = {
    "begun",
    "failed",
    "left_out",
}


def check_entry_view_state(value: str) -> EntryViewState:
    if value in ENTRY_VIEW_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ENTRY_VIEW_STATE_VALUES!r}")
