from typing import Literal

ArtifactDetailKind = Literal["dataset", "model", "output"]

ARTIFACT_DETAIL_KIND_VALUES: set[ArtifactDetailKind] = {
    "dataset",
    "model",
    "output",
}


def check_artifact_detail_kind(value: str) -> ArtifactDetailKind:
    if value in ARTIFACT_DETAIL_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ARTIFACT_DETAIL_KIND_VALUES!r}")
