from typing import Literal

LineageNodeKind = Literal["dataset", "model", "output", "service", "task"]

LINEAGE_NODE_KIND_VALUES: set[LineageNodeKind] = {
    "dataset",
    "model",
    "output",
    "service",
    "task",
}


def check_lineage_node_kind(value: str) -> LineageNodeKind:
    if value in LINEAGE_NODE_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LINEAGE_NODE_KIND_VALUES!r}")
