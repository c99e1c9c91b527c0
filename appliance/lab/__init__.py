"""Machines to rehearse on: N systemd nodes with sshd on this one machine, cut off from every network."""

from appliance.lab.lab import down, get, listing, up
from appliance.lab.models import Lab, LabStatus, Node
from appliance.lab.podman import FOLDERS, OS_PACKAGES

__all__ = ["FOLDERS", "OS_PACKAGES", "Lab", "LabStatus", "Node", "down", "get", "listing", "up"]
