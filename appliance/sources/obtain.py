"""The sources of an artifact, in the order tried."""

from __future__ import annotations

from appliance.catalog.models import C, Chart, Component, Debian, Go, Project, PyPI, Source, Upstream, Wheel
from appliance.pack.steps import Made, Work
from appliance.sources import chart, compiler, debian, golang, mirror, project, pypi, upstream
from appliance.sources.base import Context, Unavailable
from installer.common.errors import SlipwayError
from installer.common.text import Text


def obtain(component: Component, name: str, work: Work, context: Context) -> Made:
    """Fill `work.result` with the artifact's outputs, from the first source that has them.

    Raises:
        SlipwayError: no source has it, or one has something else than what was pinned.
    """
    artifact = component.artifacts[name]
    refusals: list[str] = []
    if context.mirror:
        try:
            return mirror.obtain(component, artifact, work, context)
        except Unavailable as error:
            refusals.append(f"mirror: {error}")
    for source in artifact.sources:
        try:
            made = _one(source, work, context)
        except Unavailable as error:
            refusals.append(f"{source.kind}: {error}")
            continue
        absent = [output for output in artifact.outputs if not (work.result / output).exists()]
        if not absent:
            return made
        refusals.append(f"{source.kind}: no {', '.join(absent)}")
    raise SlipwayError(
        Text(en="{name} could not be had from any source", zh="任何来源都无法取得 {name}").format(name=name),
        where=component.name,
        why=Text.same("\n".join(refusals)),
        fix=Text(
            en="mend one of these sources, or put the files into a folder and give it with --mirror:"
            " {name}/{version}/{outputs}",
            zh="请修复上述来源之一，或将文件放入目录并用 --mirror 指定：{name}/{version}/{outputs}",
        ).format(name=component.name, version=component.version, outputs=", ".join(artifact.outputs)),
    )


def _one(source: Source, work: Work, context: Context) -> Made:
    match source:
        case Upstream():
            return upstream.obtain(source, work, context)
        case Go():
            return golang.obtain(source, work, context)
        case C():
            return compiler.obtain(source, work, context)
        case Debian():
            return debian.obtain(source, work)
        case PyPI():
            return pypi.obtain(source, work, context)
        case Wheel():
            return pypi.obtain_wheel(source, work, context)
        case Project():
            return project.obtain(source, work, context)
        case Chart():
            return chart.obtain(source, work, context)
