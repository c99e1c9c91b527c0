from typing import Literal

WorkerSpecOutputsAdditionalProperty = Literal["files", "model", "table"]

WORKER_SPEC_OUTPUTS_ADDITIONAL_PROPERTY_VALUES: set[WorkerSpecOutputsAdditionalProperty] = {
    "files",
    "model",
    "table",
}


def check_worker_spec_outputs_additional_property(value: str) -> WorkerSpecOutputsAdditionalProperty:
    if value in WORKER_SPEC_OUTPUTS_ADDITIONAL_PROPERTY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {WORKER_SPEC_OUTPUTS_ADDITIONAL_PROPERTY_VALUES!r}")
