"""Options that the commands on a site share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from installer.common.text import Text

SiteFile = Annotated[
    Path, typer.Option("--site", help=str(Text(en="The site's file.", zh="站点配置文件。")), show_default=True)
]
Yes = Annotated[bool, typer.Option("--yes", help=str(Text(en="Do not ask.", zh="不询问。")))]
Json = Annotated[bool, typer.Option("--json", help=str(Text(en="Print JSON.", zh="输出 JSON。")))]
DEFAULT_SITE = Path("site.yaml")
