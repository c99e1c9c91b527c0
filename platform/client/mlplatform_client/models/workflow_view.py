from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.text import Text


T = TypeVar("T", bound="WorkflowView")


@_attrs_define
class WorkflowView:
    """A version of a workflow; its text is at `GET /workflows/NAME?version=…`."""

    name: str
    version: int
    owner: str
    title: Text
    """ One message in both languages; `{name}` places are filled by `format`. """
    steps: int
    created_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        version = self.version

        owner = self.owner

        title = self.title.to_dict()

        steps = self.steps

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "version": version,
                "owner": owner,
                "title": title,
                "steps": steps,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.text import Text  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        version = d.pop("version")

        owner = d.pop("owner")

        title = Text.from_dict(d.pop("title"))

        steps = d.pop("steps")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        workflow_view = cls(
            name=name,
            version=version,
            owner=owner,
            title=title,
            steps=steps,
            created_at=created_at,
        )

        return workflow_view
