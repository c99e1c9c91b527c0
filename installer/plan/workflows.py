"""The workflows, each a list that reads like a table of contents (docs/architecture.md)."""

from __future__ import annotations

from installer.stages import AcceptStage, ObjectsStage, RoleStage, Stage
from installer.stages.role import all_others, first_control_plane

INSTALL: list[Stage] = [
    RoleStage("prepare"),
    RoleStage("deliver"),
    RoleStage("runtime"),
    RoleStage("kubelet"),
    RoleStage("init", first_control_plane, makes_cluster=True),
    RoleStage("join", all_others),
    ObjectsStage("network"),
    ObjectsStage("dns"),
    ObjectsStage("storage"),
    ObjectsStage("metrics"),
    ObjectsStage("database"),
    ObjectsStage("platform"),
    AcceptStage("accept"),
]
