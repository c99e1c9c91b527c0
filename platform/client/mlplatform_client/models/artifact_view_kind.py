from typing import Literal

ArtifactViewKind = Literal["dataset", "model", "output"]

ARTIFACT_VIEW_KIND_VALUES: set[ArtifactViewKind] = {
    "dataset",
    "model",
    "output",
}


def check_artifact_view_kind(value: str) -> ArtifactViewKind:
    if value in ARTIFACT_VIEW_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ARTIFACT_VIEW_KIND_VALUES!r}")
