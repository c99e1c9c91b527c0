"""`slipway demo`."""

from __future__ import annotations

from typing import Annotated

import typer

from installer.common.text import Text


def demo(
    nodes: Annotated[
        int, typer.Option(min=1, max=2, help=str(Text(en="How many lab machines.", zh="实验机数量。")))
    ] = 2,
    down: Annotated[
        bool, typer.Option("--down", help=str(Text(en="Leave this machine as it was.", zh="把本机恢复原样。")))
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help=str(Text(en="Do not ask.", zh="不询问。")))] = False,
) -> None:
    from rich.console import Console

    from installer.demo import Demo, farewell

    console = Console(soft_wrap=True)
    run = Demo(console)
    if down:
        run.down(yes=yes, confirm=lambda question: typer.confirm(str(question)))
        console.print(str(Text(en="The demo is gone; this machine is as it was.", zh="演示已撤走，本机已恢复原样。")))
        return
    access = run.up(nodes, yes=yes)
    console.print(str(farewell(access, run.site)), highlight=False)
