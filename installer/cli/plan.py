"""`slipway plan`."""

from __future__ import annotations

from typing import Annotated

import typer

from installer.cli.site_options import DEFAULT_SITE, Json, SiteFile
from installer.common.errors import ExitCode, InvalidInput
from installer.common.text import Text, language


def plan(
    site: SiteFile = DEFAULT_SITE,
    markdown: Annotated[
        bool,
        typer.Option("--markdown", help=str(Text(en="A page to print and sign.", zh="输出可打印签字的页面。"))),
    ] = False,
    as_json: Json = False,
) -> int:
    if markdown and as_json:
        raise InvalidInput(Text(en="either --markdown or --json", zh="--markdown 与 --json 只能选一个"))

    from installer.configure import load_site
    from installer.engine import run_dir_of
    from installer.plan import INSTALL, make_plan
    from installer.plan.render import summary, to_markdown

    loaded = load_site(site)
    made = make_plan(loaded, run_dir_of(site), INSTALL)
    if as_json:
        print(made.model_dump_json())
    elif markdown:
        print(to_markdown(made, loaded, language()))
    else:
        from rich.console import Console

        Console(highlight=False).print(summary(made))
    return ExitCode.GOOD
