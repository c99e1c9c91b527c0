"""`slipway install`, `retry`, `rollback`: each starts an engine and follows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from installer.cli.site_options import DEFAULT_SITE, Json, SiteFile, Yes
from installer.common.errors import ExitCode, InvalidInput
from installer.common.text import Text

if TYPE_CHECKING:
    from installer.engine import Wish
    from installer.models.plan import Plan

Detach = Annotated[
    bool,
    typer.Option(
        "--detach",
        help=str(Text(en="Return as soon as the run has begun.", zh="任务开始后立即返回。")),
    ),
]


def install(site: SiteFile = DEFAULT_SITE, yes: Yes = False, detach: Detach = False, as_json: Json = False) -> int:
    from installer.configure import load_site
    from installer.engine import Wish, prepare, run_dir_of
    from installer.engine.gates import demand_good, demand_unbegun
    from installer.plan import INSTALL, make_plan

    loaded = load_site(site)
    run_dir = run_dir_of(site)
    demand_unbegun(site)
    plan = make_plan(loaded, run_dir, INSTALL)
    facts = demand_good(loaded)
    _confirm_plan(plan, yes=yes, as_json=as_json)
    prepare(site, plan, facts)
    return _run(run_dir, Wish(action="install"), detach=detach, as_json=as_json)


def retry(site: SiteFile = DEFAULT_SITE, yes: Yes = False, detach: Detach = False, as_json: Json = False) -> int:
    from installer.engine import Wish, look, run_dir_of
    from installer.engine.gates import demand_same_inputs

    run_dir = run_dir_of(site)
    view = look(run_dir)
    if view.action is not None:
        demand_same_inputs(site, run_dir)
    if view.half_done:
        names = ", ".join(step.id for step in view.half_done)
        _ask(
            Text(en="Undo what is half done ({names}), then go on?", zh="先撤销未完成的步骤（{names}）再继续？").format(
                names=names
            ),
            yes=yes or as_json,
        )
    return _run(run_dir, Wish(action="retry"), detach=detach, as_json=as_json)


def rollback(
    *,
    site: SiteFile = DEFAULT_SITE,
    to: Annotated[
        str,
        typer.Option(
            help=str(
                Text(
                    en="Take back everything after this stage. Without it: the last stage only.",
                    zh="撤销该阶段之后的一切；不指定则只撤销最后一个阶段。",
                )
            )
        ),
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", help=str(Text(en="Take back everything.", zh="全部撤销。")))
    ] = False,
    prove: Annotated[
        bool,
        typer.Option(
            help=str(
                Text(
                    en="With --all: compare every machine with how it was before, and say what differs.",
                    zh="与 --all 合用：将每台机器与安装前比较，并列出差异。",
                )
            ),
        ),
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> int:
    from installer.engine import Wish, run_dir_of

    if everything and to:
        raise InvalidInput(Text(en="either --all or --to", zh="--all 与 --to 只能选一个"))
    if prove and not everything:
        raise InvalidInput(Text(en="--prove needs --all", zh="--prove 需要与 --all 合用"))
    run_dir = run_dir_of(site)
    if not (run_dir / "plan.json").exists():
        raise _nothing_begun(run_dir)
    what = (
        Text(en="Take everything back", zh="撤销全部")
        if everything
        else Text(en="Take back everything after {stage}", zh="撤销 {stage} 之后的一切").format(stage=to)
        if to
        else Text(en="Take back the last stage", zh="撤销最后一个阶段")
    )
    _ask(Text(en="{what}?", zh="{what}？").format(what=what), yes=yes or as_json)
    wish = Wish(action="rollback", to=to, everything=everything, prove=prove)
    return _run(run_dir, wish, detach=False, as_json=as_json)


def _run(run_dir: Path, wish: Wish, *, detach: bool, as_json: bool) -> int:
    from installer.cli.progress import watch
    from installer.engine import start

    if not (run_dir / "plan.json").exists():
        raise _nothing_begun(run_dir)
    since = start(run_dir, wish)
    if not detach:
        return watch(run_dir, since, as_json=as_json)
    if as_json:
        print(json.dumps({"run_dir": str(run_dir), "since": since}))
    else:
        typer.echo(
            Text(
                en="The run has begun; follow it with `slipway status --follow`.",
                zh="任务已开始；可用 `slipway status --follow` 查看进度。",
            )
        )
    return ExitCode.GOOD


def _confirm_plan(plan: Plan, *, yes: bool, as_json: bool) -> None:
    if as_json:
        return
    from rich.console import Console

    from installer.plan.render import summary

    Console(highlight=False).print(summary(plan))
    _ask(Text(en="Install?", zh="开始安装？"), yes=yes)


def _ask(question: Text, *, yes: bool) -> None:
    if not yes:
        typer.confirm(str(question), abort=True)


def _nothing_begun(run_dir: Path) -> InvalidInput:
    return InvalidInput(
        Text(en="nothing has been begun on this site", zh="该站点尚未开始任何任务"),
        where=str(run_dir),
        fix=Text(en="begin with `slipway install`", zh="请先运行 `slipway install`"),
    )
