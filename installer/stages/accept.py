"""The last stage: the acceptance run, which proves the whole installation on real work."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.models.plan import Change
from installer.models.site import Site
from installer.stages.base import Context, Description, Stage, Step, cluster_step


class AcceptStage(Stage):
    """Trains, registers and serves a model on the platform, and writes the report (installer.accept)."""

    @cached_property
    def description(self) -> Description:
        return Description(title=Text(en="Acceptance run", zh="验收"), seconds=60)

    def steps(self, site: Site) -> list[Step]:
        return [cluster_step(self.name, [])]

    def changes(self, ctx: Context, step: Step) -> list[Change]:
        text = Text(
            en="a task of two workers, a model and a service; they stay as an example",
            zh="一个双工作进程的训练任务、一个模型和一个服务，保留作为示例",
        )
        return [Change(node="", kind="object", target="platform: acceptance", text=text)]

    def run(self, ctx: Context, steps: Sequence[Step]) -> dict[str, SlipwayError]:
        from installer.accept import accept

        (step,) = steps
        try:
            accept(ctx.site, ctx.run_dir, ctx.teller(step.id))
        except SlipwayError as error:
            return {step.id: error}
        return {}
