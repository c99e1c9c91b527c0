"""Names that Kubernetes accepts, made of what people gave."""

from __future__ import annotations

import re
from collections.abc import Sequence

from installer.models.facts import NodeFacts

LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")


def to_label(text: str, longest: int = 63) -> str:
    """An RFC 1123 label; empty when nothing of the text can stay."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:longest].rstrip("-")


def node_names(nodes: Sequence[NodeFacts]) -> list[str]:
    """The short host name where it is valid and nobody else's, else the name the node was given with."""
    hosts = [node.hostname.partition(".")[0] for node in nodes]
    return [
        host if LABEL.match(host) and host != "localhost" and hosts.count(host) == 1 else node.node.name
        for host, node in zip(hosts, nodes, strict=True)
    ]
