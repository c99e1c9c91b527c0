"""The cluster's side of an installation: render objects, apply them, wait for them by condition, put back what was there before."""

from installer.cluster.client import ApiError, Cluster
from installer.cluster.folder import Receipt, apply_folder, preview, restore
from installer.cluster.stages import verify
from installer.cluster.wait import wait_for

__all__ = ["ApiError", "Cluster", "Receipt", "apply_folder", "preview", "restore", "verify", "wait_for"]
