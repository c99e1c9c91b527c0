"""site.yaml: the one file that says what is laid down where. Written by the generator, editable by hand."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from installer.models.base import FileModel
from installer.models.node import NodeAccess, Role


class SiteNode(NodeAccess):
    """A node of the cluster. `name` becomes its Kubernetes node name."""

    roles: list[Role] = Field(min_length=1)
    interface: str
    """The interface that carries the cluster's traffic and holds `address`."""


class Metadata(FileModel):
    name: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")


class BundleRef(FileModel):
    path: str
    digest: str
    """sha256 of the bundle's manifest: an installation resumes only with the very same bundle."""


class Kubernetes(FileModel):
    version: str
    endpoint: str
    """host:port of the API server, as every node reaches it."""
    pod_network: str
    service_network: str
    dns_domain: str = "cluster.local"


class Storage(FileModel):
    path: str = "/var/lib/slipway/volumes"
    """Where persistent volumes live on each node."""


class Platform(FileModel):
    port: int = Field(default=30443, ge=30000, le=32767)
    """The https port of the platform on every node."""
    replicas: int = Field(default=1, ge=1, le=9)
    database_size: str = Field(default="5Gi", pattern=r"^[1-9][0-9]*(Mi|Gi|Ti)$")


class Site(FileModel):
    """The whole file. `profile: lab` adds what containers as machines need (docs/lab.md); never on real machines."""

    api_version: Literal["slipway/v1"] = "slipway/v1"
    kind: Literal["Site"] = "Site"
    metadata: Metadata
    profile: Literal["standard", "lab"] = "standard"
    bundle: BundleRef
    nodes: list[SiteNode] = Field(min_length=1)
    kubernetes: Kubernetes
    storage: Storage = Storage()
    platform: Platform = Platform()

    @property
    def control_planes(self) -> list[SiteNode]:
        """The nodes that run the control plane; the first one is where the cluster starts."""
        return [n for n in self.nodes if "control-plane" in n.roles]

    @property
    def workers_only(self) -> list[SiteNode]:
        return [n for n in self.nodes if "control-plane" not in n.roles]
