from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.best_order import BestOrder, check_best_order

T = TypeVar("T", bound="Best")


@_attrs_define
class Best:
    """Which task of a fanned-out step is meant: the one that reported the best value of a metric."""

    metric: str
    order: BestOrder

    def to_dict(self) -> dict[str, Any]:
        metric = self.metric

        order: str = self.order

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "metric": metric,
                "order": order,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        metric = d.pop("metric")

        order = check_best_order(d.pop("order"))

        best = cls(
            metric=metric,
            order=order,
        )

        return best
