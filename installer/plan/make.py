"""Making the plan."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path

from installer.common.text import Text
from installer.models.plan import Plan, PlannedStep
from installer.models.site import Site
from installer.stages import Context, Stage, Step


def make_plan(site: Site, run_dir: Path, workflow: Sequence[Stage]) -> Plan:
    """What the workflow will do on this site, in order; contacts no node and changes nothing on one.

    Secrets that manifests hold are made here, in `run_dir/secrets`, so that what is planned is what is applied.

    Raises:
        SlipwayError: the bundle cannot be read, or a manifest cannot be rendered.
    """
    ctx = Context(site=site, run_dir=run_dir, remotes={}, progress=_silent, stop=threading.Event())
    steps: list[PlannedStep] = []
    before: list[str] = []
    for stage in workflow:
        own = stage.steps(site)
        steps += [_planned(ctx, stage, step, before) for step in own]
        before = [step.id for step in own] or before
    return Plan(
        site_digest=site_digest(site),
        bundle_digest=site.bundle.digest,
        digest=_digest([step.model_dump(mode="json") for step in steps]),
        steps=steps,
    )


def _planned(ctx: Context, stage: Stage, step: Step, after: list[str]) -> PlannedStep:
    about = stage.description
    return PlannedStep(
        id=step.id,
        stage=stage.name,
        node=step.nodes[0] if step.id.startswith("nodes/") else "",
        title=about.title,
        after=after,
        changes=stage.changes(ctx, step),
        undo=_UNDO_NODE if step.id.startswith("nodes/") else _UNDO_CLUSTER,
        seconds=about.seconds,
    )


_UNDO_NODE = Text(
    en="what differs from the node's fingerprint before this step is put back: files, units, kernel state, processes",
    zh="凡与该步骤之前的节点指纹不同之处均恢复原样：文件、单元、内核状态、进程",
)
_UNDO_CLUSTER = Text(
    en="new objects are deleted, changed ones get their previous version; then each node is put back to its fingerprint from before",
    zh="删除新建的对象，被改动的对象恢复先前版本；随后各节点按先前的指纹恢复原样",
)


def site_digest(site: Site) -> str:
    """sha256 of the site's values; comments and the order of fields in the file do not count."""
    return _digest(site.model_dump(mode="json"))


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _silent(step: str, text: Text, done: int | None = None, total: int | None = None) -> None:
    """Planning is quick: nobody waits for its progress."""
