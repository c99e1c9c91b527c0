"""`slipway status`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from installer.cli.site_options import DEFAULT_SITE, Json, SiteFile
from installer.common.errors import ExitCode
from installer.common.text import Text


def status(
    site: SiteFile = DEFAULT_SITE,
    follow: Annotated[
        bool, typer.Option("--follow", help=str(Text(en="Stay until the run ends.", zh="持续显示直到任务结束。")))
    ] = False,
    as_json: Json = False,
) -> int:
    from installer.engine import holder, look, run_dir_of

    run_dir = run_dir_of(site)
    view = look(run_dir)
    if follow and view.running:
        from installer.cli.progress import watch

        return watch(run_dir, view.next_seq, as_json=as_json)
    if as_json:
        who = holder(run_dir)
        run = {**view.model_dump(mode="json"), "died": view.died, "holder": who.model_dump() if who else None}
        print(json.dumps(run, ensure_ascii=False))
        return ExitCode.GOOD

    from rich.console import Console

    from installer.cli.progress import error_line, step_line

    console = Console(highlight=False, soft_wrap=True)
    if view.action is None:
        console.print(str(Text(en="Nothing has been begun on this site.", zh="该站点尚未开始任何任务。")))
        return ExitCode.GOOD
    for step in view.steps.values():
        console.print(step_line(step))
        if step.state in ("running", "undoing") and step.text:
            console.print(f"      {step.text}", style="dim")
        if step.error:
            console.print(f"      {error_line(step.error)}", style="red")
    for notice in view.notices:
        console.print(f"  ! {notice}", style="yellow")
    console.print(str(_now(view.running, view.died, view.outcome, view.paused).format(action=view.action)))
    return ExitCode.GOOD


def _now(running: bool, died: bool, outcome: str, paused: bool) -> Text:
    if paused and running:
        return Text(en="{action}: paused", zh="{action}：已暂停")
    if running:
        return Text(en="{action}: running", zh="{action}：进行中")
    if died:
        return Text(
            en="{action}: its engine was killed; `slipway retry` goes on, `slipway rollback --all` takes everything back",
            zh="{action}：引擎被终止；`slipway retry` 继续，`slipway rollback --all` 全部撤销",
        )
    words = {
        "good": Text(en="{action}: ended well", zh="{action}：成功结束"),
        "failed": Text(
            en="{action}: failed; `slipway retry` goes on after the cause is removed",
            zh="{action}：失败；排除原因后用 `slipway retry` 继续",
        ),
        "residue": Text(en="{action}: something is left", zh="{action}：仍有残留"),
        "interrupted": Text(
            en="{action}: interrupted; `slipway retry` goes on", zh="{action}：已中断；`slipway retry` 继续"
        ),
    }
    return words[outcome]
