from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.artifact_view_kind import ArtifactViewKind, check_artifact_view_kind

if TYPE_CHECKING:
    from ..models.artifact_view_metrics import ArtifactViewMetrics
    from ..models.file_view import FileView


T = TypeVar("T", bound="ArtifactView")


@_attrs_define
class ArtifactView:
    """A version of a data set or model, or a task's output."""

    id: str
    kind: ArtifactViewKind
    name: str
    version: int
    owner: str
    tenant: str
    task: None | str
    metrics: ArtifactViewMetrics
    size: int
    files: list[FileView]
    created_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        kind: str = self.kind

        name = self.name

        version = self.version

        owner = self.owner

        tenant = self.tenant

        task: None | str
        task = self.task

        metrics = self.metrics.to_dict()

        size = self.size

        files = []
        for files_item_data in self.files:
            files_item = files_item_data.to_dict()
            files.append(files_item)

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "name": name,
                "version": version,
                "owner": owner,
                "tenant": tenant,
                "task": task,
                "metrics": metrics,
                "size": size,
                "files": files,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.artifact_view_metrics import ArtifactViewMetrics  # noqa: PLC0415
        from ..models.file_view import FileView  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        kind = check_artifact_view_kind(d.pop("kind"))

        name = d.pop("name")

        version = d.pop("version")

        owner = d.pop("owner")

        tenant = d.pop("tenant")

        def _parse_task(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        task = _parse_task(d.pop("task"))

        metrics = ArtifactViewMetrics.from_dict(d.pop("metrics"))

        size = d.pop("size")

        files = []
        _files = d.pop("files")
        for files_item_data in _files:
            files_item = FileView.from_dict(files_item_data)

            files.append(files_item)

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        artifact_view = cls(
            id=id,
            kind=kind,
            name=name,
            version=version,
            owner=owner,
            tenant=tenant,
            task=task,
            metrics=metrics,
            size=size,
            files=files,
            created_at=created_at,
        )

        return artifact_view
