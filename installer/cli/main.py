"""The command line. A command's module is imported only when that command runs, so that every start is quick."""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from installer.common.errors import ErrorReport, ExitCode, SlipwayError
from installer.common.files import write_atomic
from installer.common.paths import state, version
from installer.common.text import Text

# name: (module, attribute, one line of help), in the order of the help page
COMMANDS: dict[str, tuple[str, str, Text]] = {
    "demo": ("demo", "demo", Text(en="The whole way on this machine: bundle, lab, install, train, serve.", zh="在本机演示全程：打包、实验机、安装、训练、服务。")),
    "tui": ("tui", "tui", Text(en="The wizard on a terminal (also: slipway without a command).", zh="终端向导（不带命令运行 slipway 亦可）。")),
    "check": ("check", "check", Text(en="Check the machines; changes nothing.", zh="检查机器；不作任何改动。")),
    "configure": ("configure", "configure", Text(en="Generate site.yaml from what the machines are, with reasons.", zh="根据机器状况生成 site.yaml，每个值都附理由。")),
    "plan": ("plan", "plan", Text(en="Show every change an install would make, and how it is undone.", zh="列出安装将作的每项改动及其撤销方式。")),
    "install": ("run", "install", Text(en="Install Kubernetes and the platform.", zh="安装 Kubernetes 和平台。")),
    "status": ("status", "status", Text(en="Where a site's run stands.", zh="查看站点的运行进度。")),
    "retry": ("run", "retry", Text(en="Go on where a run stopped; a half-done step is undone first.", zh="从中断处继续；做到一半的步骤会先撤销。")),
    "rollback": ("run", "rollback", Text(en="Take back the last step, or everything.", zh="撤销最后一步，或全部撤销。")),
    "accept": ("accept", "accept", Text(en="Run the acceptance again and write its report.", zh="重新验收并写出报告。")),
    "pack": ("pack", "pack", Text(en="Build the bundle that goes to a site.", zh="构建带到现场的安装包。")),
    "bundle": ("bundle", "app", Text(en="Look into a bundle, verify it.", zh="查看、校验安装包。")),
    "lab": ("lab", "app", Text(en="Machines to rehearse on, all on this one.", zh="在本机上演练用的多台机器。")),
}  # fmt: skip


class Commands(TyperGroup):
    """The commands by name, each imported when it is asked for."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, name: str) -> Any:  # type: ignore[override]
        if name not in COMMANDS:
            return None
        module, attribute, summary = COMMANDS[name]
        found: Any = getattr(importlib.import_module(f"installer.cli.{module}"), attribute)
        if not isinstance(found, typer.Typer):
            function, found = found, typer.Typer(add_completion=False, rich_markup_mode=None)
            found.command(name)(function)
        command = get_command(found)
        command.name = name
        command.help = command.help or str(summary)
        return command

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            # Typer would end with 130 and not a word.
            raise _interrupted() from None

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        with formatter.section(str(Text(en="Commands", zh="命令"))):
            formatter.write_dl([(name, str(summary)) for name, (_, _, summary) in COMMANDS.items()])


def _interrupted() -> SlipwayError:
    return SlipwayError(Text(en="interrupted", zh="已中断"), code=ExitCode.INTERRUPTED)


slipway = typer.Typer(
    cls=Commands,
    add_completion=False,
    invoke_without_command=True,
    rich_markup_mode=None,  # plain help: with markup, every command would be imported to print the list
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=str(
        Text(
            en="Slipway lays a machine-learning platform down on your own machines, offline, and takes it back without a trace.",
            zh="Slipway 在您自己的机器上离线安装机器学习平台，并可不留痕迹地撤销。",
        )
    ),
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(version())
        raise typer.Exit


@slipway.callback()
def root(
    ctx: typer.Context,
    _: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_version, help=str(Text(en="Print the version.", zh="显示版本。"))
        ),
    ] = False,
) -> None:
    if ctx.invoked_subcommand is not None:
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        importlib.import_module("installer.cli.tui").tui()
    else:
        typer.echo(ctx.get_help())


def show_error(report: ErrorReport, form: Literal["text", "json"]) -> None:
    """Print an error the one way every command does: to stderr as words, or as one JSON line to stdout."""
    if form == "json":
        print(json.dumps({"error": report.model_dump(exclude_none=True)}, ensure_ascii=False))
        return
    labels = (Text(en="why", zh="原因"), report.why), (Text(en="what to do", zh="处理办法"), report.fix)
    where = f"{report.where}: " if report.where else ""
    typer.secho(f"✗ {where}{report.what}", fg="red", bold=True, err=True)
    for label, text in labels:
        if text:
            typer.echo(f"  {label}: {str(text).rstrip().replace(chr(10), chr(10) + '    ')}", err=True)


def _wants_json(words: list[str]) -> bool:
    return "--json" in words


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code (installer.common.errors.ExitCode)."""
    words = sys.argv[1:] if arguments is None else arguments
    form: Literal["text", "json"] = "json" if _wants_json(words) else "text"
    try:
        code = get_command(slipway).main(words, prog_name="slipway", standalone_mode=False)
        return int(code) if isinstance(code, int) else ExitCode.GOOD
    except SlipwayError as error:
        show_error(error.report, form)
        return error.code
    except typer.Exit as exit_:
        return exit_.exit_code
    except (typer.Abort, KeyboardInterrupt):
        show_error(_interrupted().report, form)
        return ExitCode.INTERRUPTED
    except TyperException as error:
        error.show()  # type: ignore[attr-defined]
        return ExitCode.USAGE
    except BrokenPipeError:
        # The reader of our output has gone (`slipway status | head`): nobody is left to tell.
        sys.stderr.close()
        return ExitCode.FAILED
    except Exception as error:
        # A fault of ours. The traceback goes to a file for the report; the person gets a sentence.
        path = state() / "crash.log"
        write_atomic(path, traceback.format_exc(), mode=0o600)
        show_error(
            ErrorReport(
                what=Text(en="Slipway has a fault of its own here", zh="Slipway 自身出错"),
                why=Text.same(f"{type(error).__name__}: {error}"),
                fix=Text(en="please report it, with {path}", zh="请连同 {path} 一起报告").format(path=path),
            ),
            form,
        )
        return ExitCode.FAILED
