"""A stage that runs one Ansible role on some of the nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from installer.common.errors import SlipwayError
from installer.common.paths import ROOT
from installer.common.text import Text
from installer.models.plan import Change
from installer.models.site import Site, SiteNode
from installer.remote.ansible import RoleEvent, run_role
from installer.secrets import Pki
from installer.stages.base import Context, Description, Stage, Step, node_step, read_description

Choice = Callable[[Site], Sequence[SiteNode]]


def every_node(site: Site) -> Sequence[SiteNode]:
    return site.nodes


def first_control_plane(site: Site) -> Sequence[SiteNode]:
    return site.control_planes[:1]


def all_others(site: Site) -> Sequence[SiteNode]:
    first = first_control_plane(site)
    return [node for node in site.nodes if node not in first]


class RoleStage(Stage):
    """Runs `roles/NAME` on the chosen nodes at once.

    Args:
        nodes: which nodes of a site.
        makes_cluster: whether the cluster begins here.
    """

    def __init__(self, name: str, nodes: Choice = every_node, *, makes_cluster: bool = False) -> None:
        super().__init__(name)
        self._nodes = nodes
        self.makes_cluster = makes_cluster

    @cached_property
    def description(self) -> Description:
        return read_description(ROOT / "roles" / self.name / "meta/slipway.yaml")

    def steps(self, site: Site) -> list[Step]:
        return [node_step(self.name, node) for node in self._nodes(site)]

    def changes(self, ctx: Context, step: Step) -> list[Change]:
        (node,) = (node for node in ctx.site.nodes if node.name == step.nodes[0])
        return [
            Change(
                node=node.name,
                kind=change.kind,
                target=change.target.format(site=ctx.site, node=node),
                text=change.text.format(site=ctx.site, node=node),
            )
            for change in self.description.changes
            if change.profile in ("", ctx.site.profile)
        ]

    def run(self, ctx: Context, steps: Sequence[Step]) -> dict[str, SlipwayError]:
        by_node = {step.nodes[0]: step.id for step in steps}
        nodes = [node for node in ctx.site.nodes if node.name in by_node]

        def tell(event: RoleEvent) -> None:
            if event.state == "started":
                ctx.progress(by_node[event.node], Text.same(event.task))

        variables = {
            "site": ctx.site.model_dump(mode="json", by_alias=True),
            "bundle": ctx.site.bundle.path,
            "images": sorted(ctx.bundle.images),
            "ca_certificate": Pki(ctx.secrets, ctx.site.metadata.name).ca_certificate().decode(),
        }
        results = run_role(self.name, nodes, variables, ctx.run_dir, tell, others=ctx.site.nodes, stop=ctx.stop)
        return {by_node[name]: result.error for name, result in results.items() if result.error}
