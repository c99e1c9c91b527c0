"""`slipway accept`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from installer.common.text import Text


def accept(
    site: Annotated[Path, typer.Option(help=str(Text(en="The site file.", zh="站点文件。")))] = Path("site.yaml"),
    as_json: Annotated[bool, typer.Option("--json", help=str(Text(en="For programs.", zh="供程序使用。")))] = False,
) -> None:
    from installer import accept as acceptance
    from installer.common.text import language
    from installer.configure import load_site

    run_dir = site.with_suffix(".run")
    report = acceptance.accept(
        load_site(site), run_dir, (lambda _: None) if as_json else (lambda text: typer.echo(f"· {text}"))
    )
    if as_json:
        typer.echo(report.model_dump_json())
    else:
        from rich.console import Console
        from rich.markdown import Markdown

        from installer.accept.report import to_markdown

        Console().print(Markdown(to_markdown(report, language())))
