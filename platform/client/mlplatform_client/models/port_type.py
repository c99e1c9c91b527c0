from typing import Literal

PortType = Literal["files", "model", "table"]

PORT_TYPE_VALUES: set[PortType] = {
    "files",
    "model",
    "table",
}


def check_port_type(value: str) -> PortType:
    if value in PORT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PORT_TYPE_VALUES!r}")
