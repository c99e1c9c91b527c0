"""`slipway bundle`: look into a bundle, verify it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from rich.table import Table

from appliance.bundle import Bundle, open_bundle, verify
from installer.common.errors import ExitCode
from installer.common.text import Text

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)

Folder = Annotated[Path, typer.Argument(help=str(Text(en="The bundle's folder.", zh="安装包目录。")))]
Key = Annotated[
    Path | None,
    typer.Option(
        "--key", help=str(Text(en="The public key that must have signed it.", zh="必须由此公钥对应的密钥签名。"))
    ),
]
Json = Annotated[bool, typer.Option("--json", help=str(Text(en="Print JSON.", zh="输出 JSON。")))]


@app.command("list", help=str(Text(en="Show what is in a bundle.", zh="列出安装包内容。")))
def list_(folder: Folder, key: Key = None, as_json: Json = False) -> None:
    bundle = open_bundle(folder, key)
    if as_json:
        print(json.dumps({"digest": bundle.digest, "signer": bundle.signer, **bundle.manifest.model_dump(mode="json")}))
        return
    console = Console(highlight=False)
    console.print(_table(
        [Text(en="component", zh="组件"), Text(en="version", zh="版本"), Text(en="licence", zh="许可证"), Text(en="from", zh="来源")],
        [[one.name, one.version, one.licence, "\n".join(one.sources)] for one in bundle.manifest.components],
    ))  # fmt: skip
    console.print(_table(
        [Text(en="image", zh="镜像"), Text(en="packed", zh="压缩后"), Text(en="on a node", zh="节点上"), Text(en="digest", zh="摘要")],
        [[name, _mb(image.size), _mb(image.unpacked), image.digest[7:19]] for name, image in sorted(bundle.images.items())],
    ))  # fmt: skip
    console.print(_table(
        [Text(en="file", zh="文件"), Text(en="packed", zh="压缩后"), Text(en="on a node", zh="节点上"), Text(en="digest", zh="摘要")],
        [[name, _mb(file.blob.size), _mb(file.size), file.digest[7:19]] for name, file in sorted(bundle.files.items())],
    ))  # fmt: skip
    _print_summary(console, bundle)


@app.command("verify", help=str(Text(en="Check the signature and every byte.", zh="校验签名和每一个字节。")))
def verify_(folder: Folder, key: Key = None, as_json: Json = False) -> None:
    bundle = open_bundle(folder, key)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), console=Console(stderr=True), transient=True
    ) as progress:
        task = progress.add_task(str(Text(en="verifying", zh="校验中")), total=bundle.size)
        flaws = verify(bundle, lambda count: progress.advance(task, count))
    if as_json:
        report = {"digest": bundle.digest, "signer": bundle.signer, "flaws": [flaw.model_dump() for flaw in flaws]}
        print(json.dumps(report))
    else:
        for flaw in flaws:
            print(f"✗ {flaw.file}: {_KINDS[flaw.kind]} {flaw.detail}".rstrip(), file=sys.stderr)
        if flaws:
            fix = Text(en="get the bundle again from where it was packed", zh="请从打包处重新获取安装包")
            print(f"  {Text(en='what to do', zh='处理办法')}: {fix}", file=sys.stderr)
        else:
            console = Console(highlight=False)
            console.print(str(Text(en="every byte is as it was signed", zh="每一个字节均与签名时一致")))
            _print_summary(console, bundle)
    if flaws:
        raise typer.Exit(ExitCode.FAILED)


_KINDS: dict[str, Text] = {
    "changed": Text(en="was changed", zh="已被改动"),
    "missing": Text(en="is missing", zh="缺失"),
    "extra": Text(en="does not belong there", zh="不属于安装包"),
    "unreadable": Text(en="cannot be read", zh="无法读取"),
}


def _print_summary(console: Console, bundle: Bundle) -> None:
    needs = ", ".join(f"{role} {_mb(size)}" for role, size in bundle.needs.items())
    rows = [
        (Text(en="Slipway", zh="Slipway"), bundle.manifest.version),
        (Text(en="size", zh="大小"), _mb(bundle.size)),
        (Text(en="disk on a node", zh="节点磁盘占用"), needs),
        (Text(en="digest", zh="摘要"), bundle.digest),
        (Text(en="signed by", zh="签名者"), bundle.signer),
    ]
    for name, value in rows:
        console.print(f"[bold]{name}[/bold]: {value}", soft_wrap=True)


def _table(titles: list[Text], rows: list[list[str]]) -> Table:
    table = Table(*(str(title) for title in titles), box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*row)
    return table


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
