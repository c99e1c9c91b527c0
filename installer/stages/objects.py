"""A stage that applies a folder of manifests to the cluster, or only waits for the cluster to do something."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from installer import cluster
from installer.cluster.render import render
from installer.common.errors import SlipwayError
from installer.common.paths import ROOT
from installer.common.text import Text
from installer.models.plan import Change
from installer.models.site import Site
from installer.stages.base import Context, Description, Stage, Step, cluster_step, read_description, receipt_folder
from installer.stages.variables import variables

OBJECTS = "objects.json"
"""The part of a step's receipt that holds the previous version of each object."""


class ObjectsStage(Stage):
    """Applies `manifests/NAME` and waits until the objects do their work; a folder without manifests is only verified."""

    @property
    def folder(self) -> Path:
        return ROOT / "manifests" / self.name

    @cached_property
    def description(self) -> Description:
        return read_description(self.folder / "slipway.yaml")

    def steps(self, site: Site) -> list[Step]:
        return [cluster_step(self.name, site.nodes if self.description.touches else [])]

    def changes(self, ctx: Context, step: Step) -> list[Change]:
        return [
            Change(node="", kind="object", target=name, text=Text(en="applied", zh="创建或更新"))
            for name in cluster.preview(self._objects(ctx))
        ]

    def run(self, ctx: Context, steps: Sequence[Step]) -> dict[str, SlipwayError]:
        (step,) = steps
        try:
            with self._cluster(ctx) as api:
                receipt = receipt_folder(ctx.run_dir, step.id) / OBJECTS
                cluster.apply_folder(api, self._objects(ctx), receipt, ctx.teller(step.id))
        except SlipwayError as error:
            return {step.id: error}
        return {}

    def verify(self, ctx: Context, step: Step) -> None:
        with self._cluster(ctx) as api:
            cluster.verify(self.name, api, ctx.site, ctx.remotes, ctx.teller(step.id))

    def _cluster(self, ctx: Context) -> cluster.Cluster:
        return cluster.Cluster(ctx.secrets.path("admin.conf"))

    def _objects(self, ctx: Context) -> list[dict[str, Any]]:
        def read(name: str) -> str:
            return ctx.bundle.read_file(name).decode()

        return render(self.folder, variables(ctx), images=ctx.bundle.images, read_bundle=read)
