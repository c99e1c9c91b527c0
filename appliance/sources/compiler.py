"""A small program in C, linked statically."""

from __future__ import annotations

from appliance.catalog.models import C
from appliance.pack.steps import Made, Work
from appliance.sources.base import Context, run


def obtain(source: C, work: Work, context: Context) -> Made:
    file = context.catalog / source.file
    run(
        [
            "gcc",
            "-Os",
            "-Wall",
            "-static",
            "-s",
            "-Wl,--build-id=none",
            "-o",
            str(work.result / source.output),
            str(file),
        ]
    )
    return Made(f"c: {source.file}")
