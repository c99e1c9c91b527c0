"""Reading the nodes, telling on the terminal which have answered."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from installer.checks import Needs
from installer.common.text import Text
from installer.models.facts import Facts, NodeFacts
from installer.models.node import NodeAccess
from installer.probe import STORAGE_PATHS, probe


def read_nodes(nodes: Sequence[NodeAccess], needs: Needs, *, quiet: bool) -> Facts:
    """The facts of all nodes; a spinner on stderr counts them, where that is a terminal."""
    paths = sorted({*STORAGE_PATHS, needs.volume_path})
    console = Console(stderr=True, quiet=quiet)
    waiting = {n.name: n.address for n in nodes}

    def words() -> str:
        listed = ", ".join(waiting.values())
        return str(
            Text(
                en=f"reading {len(waiting)} of {len(nodes)} machines: {listed}",
                zh=f"正在读取 {len(nodes)} 台机器，剩余 {len(waiting)} 台：{listed}",
            )
        )

    with console.status(words()) as status:

        def on_node(facts: NodeFacts) -> None:
            waiting.pop(facts.node.name, None)
            status.update(words())

        return probe(nodes, paths, on_node)
