"""What each cluster stage must have achieved, beyond its objects being ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from installer.cluster.client import Cluster, Object
from installer.cluster.dns import Runner, ask_dns
from installer.cluster.serving import approve_serving
from installer.cluster.wait import wait_for
from installer.common.text import Text
from installer.models.site import Site

Progress = Callable[[Text], None]


def verify(
    stage: str, cluster: Cluster, site: Site, remotes: Mapping[str, Runner], progress: Progress, *, seconds: float = 300
) -> None:
    """Prove that a cluster stage did its work; a stage without an entry here is proved by its objects alone.

    Args:
        stage: `network`, `dns`, …
        remotes: every node of the site, by name.
        seconds: limit for each part of the proof.
    """
    if stage == "network":
        nodes: list[Object] = [
            {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node.name}} for node in site.nodes
        ]
        wait_for(cluster, nodes, progress, seconds)
        approve_serving(cluster, site.nodes, progress, seconds)
    elif stage == "dns":
        wait_for(cluster, [_COREDNS], progress, seconds)
        ask_dns(site, remotes, progress, seconds=60)


_COREDNS: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "coredns", "namespace": "kube-system"},
}
