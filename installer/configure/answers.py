"""What a person may decide; everything left out is chosen by `configure`, with a reason."""

from __future__ import annotations

from typing import Literal, Protocol

from installer.common.text import Text
from installer.models.base import Model
from installer.models.site import Site


class Answers(Model):
    """The nodes themselves come with the facts, in the order in which they were given."""

    name: str = "site"
    profile: Literal["standard", "lab"] = "standard"
    pod_network: str | None = None
    service_network: str | None = None
    storage_path: str | None = None
    platform_port: int | None = None


class Configuration(Model):
    """A site, and the reason of each value by its place in the file: `kubernetes.podNetwork`, `nodes[0].interface`."""

    site: Site
    reasons: dict[str, Text]


class BundleInfo(Protocol):
    """The part of `appliance.bundle.Bundle` that a configuration needs."""

    @property
    def path(self) -> object: ...
    @property
    def digest(self) -> str: ...
    def version(self, component: str) -> str: ...
