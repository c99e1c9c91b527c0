"""What a stage of a workflow does: run a role on nodes, apply objects to the cluster, prove that it all works."""

from installer.stages.accept import AcceptStage
from installer.stages.base import Context, Description, Stage, Step, Touches
from installer.stages.objects import ObjectsStage
from installer.stages.role import RoleStage

__all__ = ["AcceptStage", "Context", "Description", "ObjectsStage", "RoleStage", "Stage", "Step", "Touches"]
