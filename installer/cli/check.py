"""`slipway check`: look at the machines, change nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from installer.cli.options import BundleOption, JsonOption, KeyOption, NodeOption, ProfileOption
from installer.common.errors import ExitCode, InvalidInput
from installer.common.text import Text


def check(
    *,
    node: NodeOption = None,
    key: KeyOption = None,
    bundle: BundleOption = None,
    profile: ProfileOption = "standard",
    site: Annotated[
        Path | None,
        typer.Option(help=str(Text(en="Check a configured site.", zh="检查已配置的站点。")) + " [./site.yaml]"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    from rich.console import Console

    from installer.checks import check as run_checks
    from installer.checks import needs_of
    from installer.checks.show import show_report
    from installer.cli.reading import read_nodes
    from installer.configure import load_site
    from installer.probe.target import parse_targets

    if node and site:
        raise InvalidInput(
            Text(en="--node and --site exclude each other", zh="--node 与 --site 不能同时使用"),
            fix=Text(en="a site file names its own nodes", zh="站点文件已列出节点"),
        )
    found = None if node else load_site(site or Path("site.yaml")) if site or Path("site.yaml").exists() else None
    if not node and not found:
        raise InvalidInput(
            Text(en="no nodes are named, and there is no site.yaml here", zh="未指定节点，当前目录也没有 site.yaml"),
            fix=Text(
                en="slipway check --node root@10.1.1.1 --key ~/.ssh/id_ed25519 (--node may be repeated; local is this machine)",
                zh="slipway check --node root@10.1.1.1 --key ~/.ssh/id_ed25519（--node 可重复；local 表示本机）",
            ),
        )
    opened = None
    if bundle or found:
        from appliance.bundle import open_bundle

        opened = open_bundle(bundle or Path(found.bundle.path if found else ""))
    needs = needs_of(opened, found, profile)
    facts = read_nodes(found.nodes if found else parse_targets(node or [], key), needs, quiet=as_json)
    report = run_checks(facts, needs)
    if as_json:
        print(json.dumps({**report.model_dump(mode="json"), "blocked": report.blocked}, ensure_ascii=False))
    else:
        show_report(report, facts, Console(highlight=False))
    if report.blocked:
        raise typer.Exit(ExitCode.BLOCKED)
