from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.metadata_labels import MetadataLabels
    from ..models.text import Text


T = TypeVar("T", bound="Metadata")


@_attrs_define
class Metadata:
    name: str
    version: str
    title: Text
    """ One message in both languages; `{name}` places are filled by `format`. """
    labels: MetadataLabels | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        version = self.version

        title = self.title.to_dict()

        labels: dict[str, Any] | Unset = UNSET
        if not isinstance(self.labels, Unset):
            labels = self.labels.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "version": version,
                "title": title,
            }
        )
        if labels is not UNSET:
            field_dict["labels"] = labels

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.metadata_labels import MetadataLabels  # noqa: PLC0415
        from ..models.text import Text  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        version = d.pop("version")

        title = Text.from_dict(d.pop("title"))

        _labels = d.pop("labels", UNSET)
        labels: MetadataLabels | Unset
        if isinstance(_labels, Unset):
            labels = UNSET
        else:
            labels = MetadataLabels.from_dict(_labels)

        metadata = cls(
            name=name,
            version=version,
            title=title,
            labels=labels,
        )

        return metadata
