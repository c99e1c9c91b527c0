"""A folder with outputs that somebody built or fetched before: `COMPONENT/VERSION/OUTPUT`."""

from __future__ import annotations

import shutil

from appliance.catalog.models import Artifact, Component
from appliance.pack.steps import Made, Work
from appliance.sources.base import Context, Unavailable


def obtain(component: Component, artifact: Artifact, work: Work, context: Context) -> Made:
    """Copy the outputs; all of them must be there."""
    assert context.mirror
    folder = context.mirror / component.name / component.version
    absent = [output for output in artifact.outputs if not (folder / output).exists()]
    if absent:
        raise Unavailable(f"{folder} has no {', '.join(absent)}")
    for output in artifact.outputs:
        source, target = folder / output, work.result / output
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copy(source, target)
    return Made(f"mirror: {component.name}/{component.version}")
