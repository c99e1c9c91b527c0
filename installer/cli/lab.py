"""`slipway lab`: machines to rehearse on, all on this one."""

from __future__ import annotations

import json
import re
import sys
from typing import Annotated

import typer

from appliance import lab as labs
from installer.common.errors import InvalidInput
from installer.common.text import Text

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help=str(Text(en="The lab's name.", zh="实验机组的名称。")))]
Json = Annotated[bool, typer.Option("--json", help=str(Text(en="Print JSON.", zh="输出 JSON。")))]

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}


@app.command(help=str(Text(en="Bring machines up.", zh="启动实验机。")))
def up(
    name: Name,
    nodes: Annotated[int, typer.Option(help=str(Text(en="How many machines.", zh="机器数量。")))] = 1,
    memory: Annotated[
        str | None,
        typer.Option(help=str(Text(en="The most one machine may use: 4G, 512M.", zh="每台机器的内存上限：4G、512M。"))),
    ] = None,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", help=str(Text(en="Install missing OS packages without asking.", zh="直接安装缺少的系统软件包。"))
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    lab = labs.up(
        name,
        nodes,
        memory=parse_size(memory) if memory is not None else None,
        yes=yes,
        progress=lambda text: typer.echo(f"  {text} …", err=True),
    )
    if as_json:
        print(lab.model_dump_json())
        return
    for node in lab.nodes:
        print(f"{node.name}  {node.address}")
    print(Text(en="log in: {command}", zh="登录：{command}").format(command=" ".join(lab.ssh(lab.nodes[0]))))
    print(Text(en="take it away: slipway lab down {name}", zh="拆除：slipway lab down {name}").format(name=name))


@app.command("list", help=str(Text(en="Show every lab and what is there of it.", zh="列出所有实验机及其状态。")))
def list_(as_json: Json = False) -> None:
    found = labs.listing()
    if as_json:
        print(json.dumps([status.model_dump(mode="json") for status in found]))
        return
    if not found:
        print(Text(en="no labs", zh="没有实验机"))
    for status in found:
        print(status.name, status.lab.subnet if status.lab else Text(en="(remains)", zh="（残留）"))
        addresses = {node.name: node.address for node in status.lab.nodes} if status.lab else {}
        for node, state in status.nodes.items():
            print(f"  {node}  {addresses.get(node, '-')}  {state}")


@app.command(help=str(Text(en="Take a lab away, also a half-built one.", zh="拆除实验机（包括只建到一半的）。")))
def down(name: Name, as_json: Json = False) -> None:
    there = name in {status.name for status in labs.listing()}
    labs.down(name)
    if as_json:
        print(json.dumps({"name": name, "removed": there}))
    elif not there:
        print(
            Text(en="there was no lab called {name}", zh="没有名为 {name} 的实验机").format(name=name), file=sys.stderr
        )


def parse_size(words: str) -> int:
    """Bytes of `512M`, `4G`, `4GiB`.

    Raises:
        InvalidInput: it is no size.
    """
    match = re.fullmatch(r"(\d+)([KMG]?)(?:i?B)?", words.strip(), re.IGNORECASE)
    if not match:
        raise InvalidInput(
            Text(en="{words!r} is no size", zh="{words!r} 不是有效的大小").format(words=words),
            fix=Text(en="write 512M or 4G", zh="请写成 512M 或 4G"),
        )
    return int(match[1]) * _UNITS[match[2].upper()]
