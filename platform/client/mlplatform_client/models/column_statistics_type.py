from typing import Literal

ColumnStatisticsType = Literal["boolean", "integer", "number", "text"]

COLUMN_STATISTICS_TYPE_VALUES: set[ColumnStatisticsType] = {
    "boolean",
    "integer",
    "number",
    "text",
}


def check_column_statistics_type(value: str) -> ColumnStatisticsType:
    if value in COLUMN_STATISTICS_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {COLUMN_STATISTICS_TYPE_VALUES!r}")
