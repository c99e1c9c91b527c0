from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.lineage_node_kind import LineageNodeKind, check_lineage_node_kind

if TYPE_CHECKING:
    from ..models.lineage_node_metrics import LineageNodeMetrics


T = TypeVar("T", bound="LineageNode")


@_attrs_define
class LineageNode:
    """A thing on the way from data to service."""

    id: str
    kind: LineageNodeKind
    name: str
    version: str
    owner: str
    state: None | str
    seconds: float | None
    metrics: LineageNodeMetrics
    created_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        kind: str = self.kind

        name = self.name

        version = self.version

        owner = self.owner

        state: None | str
        state = self.state

        seconds: float | None
        seconds = self.seconds

        metrics = self.metrics.to_dict()

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "name": name,
                "version": version,
                "owner": owner,
                "state": state,
                "seconds": seconds,
                "metrics": metrics,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lineage_node_metrics import LineageNodeMetrics  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        kind = check_lineage_node_kind(d.pop("kind"))

        name = d.pop("name")

        version = d.pop("version")

        owner = d.pop("owner")

        def _parse_state(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        state = _parse_state(d.pop("state"))

        def _parse_seconds(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        seconds = _parse_seconds(d.pop("seconds"))

        metrics = LineageNodeMetrics.from_dict(d.pop("metrics"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        lineage_node = cls(
            id=id,
            kind=kind,
            name=name,
            version=version,
            owner=owner,
            state=state,
            seconds=seconds,
            metrics=metrics,
            created_at=created_at,
        )

        return lineage_node
