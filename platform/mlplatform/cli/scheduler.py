"""`mlplatform scheduler`: the process, and replaying what it decided."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The scheduler's process; without a subcommand, run it as the environment says (MLPLATFORM_…).")


@app.callback(invoke_without_command=True)
def run(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        from mlplatform.processes import run_scheduler

        run_scheduler()


@app.command()
def replay(file: Annotated[Path, typer.Argument(help="A trace: what MLPLATFORM_TRACE named", dir_okay=False)]) -> None:
    """Decide everything that a trace recorded again; exit code 1 where a decision differs."""
    from mlplatform.scheduler.trace import InvalidTrace, replay

    rounds = differences = 0
    try:
        with file.open("rb") as lines:
            for difference in replay(lines):
                rounds += 1
                if difference:
                    differences += 1
                    print(f"{file}:{difference.line}: recorded {difference.recorded}, replayed {difference.replayed}")
    except InvalidTrace as error:
        print(f"{file}:{error}", file=sys.stderr)
        raise typer.Exit(2) from error
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        raise typer.Exit(2) from error
    print(f"{rounds} rounds replayed, {differences} decided otherwise")
    if differences:
        raise typer.Exit(1)
