"""What the probe asks of its helper process."""

from __future__ import annotations

from pathlib import Path

from installer.models.base import Model
from installer.models.node import NodeAccess

REPORT = Path(__file__).with_name("report.sh")
"""The script that a node runs."""


class ProbeRequest(Model):
    """Times in seconds."""

    nodes: list[NodeAccess]
    paths: list[str]
    ports: list[int]
    connect_timeout: float
    report_timeout: float = 60
    """A report takes half a second; a tired machine with many mounts may take some."""

    @property
    def limit(self) -> float:
        """When the helper is given up: connecting, the clock, the report, the look at the other nodes."""
        return 3 * self.connect_timeout + 2 * self.report_timeout
