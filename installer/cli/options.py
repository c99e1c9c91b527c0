"""Options that `check` and `configure` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from installer.common.text import Text

NodeOption = Annotated[
    list[str] | None,
    typer.Option(
        help=str(
            Text(
                en="A machine: user@address:port, or local. May be repeated; the first becomes the control plane.",
                zh="机器：用户@地址:端口，或 local。可重复；第一台成为控制平面。",
            )
        )
    ),
]
KeyOption = Annotated[
    Path | None,
    typer.Option(
        help=str(
            Text(
                en="Private key for SSH; else the SSH agent's or yours.",
                zh="SSH 私钥；默认用 SSH agent 或您自己的密钥。",
            )
        )
    ),
]
BundleOption = Annotated[Path | None, typer.Option(help=str(Text(en="The bundle's folder.", zh="安装包目录。")))]
ProfileOption = Annotated[
    Literal["standard", "lab"],
    typer.Option(
        help=str(Text(en="lab: machines of slipway lab, to rehearse.", zh="lab：slipway lab 的实验机，用于演练。"))
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help=str(Text(en="Print JSON.", zh="输出 JSON。")))]
