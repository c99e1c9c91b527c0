"""`slipway tui`: the wizard."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from installer.common.errors import ExitCode, InvalidInput
from installer.common.text import Text


def tui(
    site: Annotated[
        Path, typer.Option(help=str(Text(en="The site's file; it need not exist yet.", zh="站点文件；可以尚不存在。")))
    ] = Path("site.yaml"),
) -> int:
    """Open the wizard where the site stands: at its run, when there is one."""
    if not on_a_terminal():
        raise InvalidInput(
            Text(en="the wizard needs a terminal", zh="向导需要终端"),
            fix=Text(
                en="use the commands instead: slipway check, configure, plan, install",
                zh="请改用命令：slipway check、configure、plan、install",
            ),
        )
    from tui.actions import Actions
    from tui.app import SlipwayApp
    from tui.wizard import resumed

    wizard, screen = resumed(site)
    app = SlipwayApp(wizard, Actions(), screen)
    app.run()
    if app.fault:
        raise app.fault
    return ExitCode.GOOD


def on_a_terminal() -> bool:
    """Whether there is somebody to show screens to, and to press keys."""
    return sys.stdin.isatty() and sys.stdout.isatty()
