from typing import Literal

ServiceViewState = Literal["failed", "queued", "ready", "requeuing", "starting", "stopped", "stopping"]

SERVICE_VIEW_STATE_VALUES: set[ServiceViewState] = {
    "failed",
    "queued",
    "ready",
    "requeuing",
    "starting",
    "stopped",
    "stopping",
}


def check_service_view_state(value: str) -> ServiceViewState:
    if value in SERVICE_VIEW_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SERVICE_VIEW_STATE_VALUES!r}")
