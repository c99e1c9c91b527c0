from typing import Literal

SpecModesItem = Literal["serve", "train"]

SPEC_MODES_ITEM_VALUES: set[SpecModesItem] = {
    "serve",
    "train",
}


def check_spec_modes_item(value: str) -> SpecModesItem:
    if value in SPEC_MODES_ITEM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SPEC_MODES_ITEM_VALUES!r}")
