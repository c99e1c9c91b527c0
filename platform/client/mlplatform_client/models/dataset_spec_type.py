from typing import Literal

DatasetSpecType = Literal["files", "table"]

DATASET_SPEC_TYPE_VALUES: set[DatasetSpecType] = {
    "files",
    "table",
}


def check_dataset_spec_type(value: str) -> DatasetSpecType:
    if value in DATASET_SPEC_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DATASET_SPEC_TYPE_VALUES!r}")
