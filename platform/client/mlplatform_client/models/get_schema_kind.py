from typing import Literal

GetSchemaKind = Literal["dataset", "image", "model", "operator", "schedule", "service", "workflow"]

GET_SCHEMA_KIND_VALUES: set[GetSchemaKind] = {
    "dataset",
    "image",
    "model",
    "operator",
    "schedule",
    "service",
    "workflow",
}


def check_get_schema_kind(value: str) -> GetSchemaKind:
    if value in GET_SCHEMA_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GET_SCHEMA_KIND_VALUES!r}")
