"""`slipway pack`: build the bundle that goes to a site."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from installer.common import ospackages
from installer.common.text import Text


def pack(
    out: Annotated[
        Path, typer.Option("-o", "--out", help=str(Text(en="The bundle's folder.", zh="安装包目录。")))
    ] = Path("bundle"),
    mirror: Annotated[
        Path | None,
        typer.Option(
            help=str(
                Text(
                    en="Take from this folder what it has: COMPONENT/VERSION/FILE.",
                    zh="优先从此目录取用：组件/版本/文件。",
                )
            ),
            exists=True,
            file_okay=False,
        ),
    ] = None,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", help=str(Text(en="Install missing OS packages without asking.", zh="直接安装缺少的系统软件包。"))
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help=str(Text(en="Print events as JSON lines.", zh="以 JSON 行输出事件。")))
    ] = False,
) -> None:
    from appliance.catalog import load_catalog
    from appliance.pack import OS_PACKAGES
    from appliance.pack import pack as make
    from installer.cli.pack_progress import show_progress

    catalog = load_catalog()
    ospackages.ensure(OS_PACKAGES, yes=yes, reason=Text(en="to build the bundle", zh="用于打包"))
    with show_progress(as_json) as listen:
        packed = make(catalog, out, listen, mirror=mirror)
    if as_json:
        print(packed.model_dump_json())
        return
    print(
        Text(
            en="{path}  {size:.0f} MB  {digest}  in {seconds:.1f} s",
            zh="{path}  {size:.0f} MB  {digest}  用时 {seconds:.1f} 秒",
        ).format(path=packed.path, size=packed.bytes / 1e6, digest=packed.digest, seconds=packed.seconds)
    )
    print(Text(en="signed by {signer}", zh="签名者 {signer}").format(signer=packed.signer), file=sys.stderr)
