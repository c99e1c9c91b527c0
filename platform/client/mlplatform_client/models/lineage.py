from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.lineage_edge import LineageEdge
    from ..models.lineage_node import LineageNode


T = TypeVar("T", bound="Lineage")


@_attrs_define
class Lineage:
    """Everything that something was made from, directly or not, and everything that was made from it."""

    id: str
    nodes: list[LineageNode]
    edges: list[LineageEdge]
    truncated: bool

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        nodes = []
        for nodes_item_data in self.nodes:
            nodes_item = nodes_item_data.to_dict()
            nodes.append(nodes_item)

        edges = []
        for edges_item_data in self.edges:
            edges_item = edges_item_data.to_dict()
            edges.append(edges_item)

        truncated = self.truncated

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "nodes": nodes,
                "edges": edges,
                "truncated": truncated,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lineage_edge import LineageEdge  # noqa: PLC0415
        from ..models.lineage_node import LineageNode  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        nodes = []
        _nodes = d.pop("nodes")
        for nodes_item_data in _nodes:
            nodes_item = LineageNode.from_dict(nodes_item_data)

            nodes.append(nodes_item)

        edges = []
        _edges = d.pop("edges")
        for edges_item_data in _edges:
            edges_item = LineageEdge.from_dict(edges_item_data)

            edges.append(edges_item)

        truncated = d.pop("truncated")

        lineage = cls(
            id=id,
            nodes=nodes,
            edges=edges,
            truncated=truncated,
        )

        return lineage
