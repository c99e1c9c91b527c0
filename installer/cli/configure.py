"""`slipway configure`: generate site.yaml from what the machines are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from installer.cli.options import BundleOption, JsonOption, KeyOption, NodeOption, ProfileOption
from installer.common.errors import InvalidInput
from installer.common.text import Text

if TYPE_CHECKING:
    from installer.models.site import Site


def configure(
    *,
    node: NodeOption = None,
    key: KeyOption = None,
    bundle: BundleOption = None,
    name: Annotated[str, typer.Option(help=str(Text(en="The site's name.", zh="站点名称。")))] = "site",
    profile: ProfileOption = "standard",
    site: Annotated[Path, typer.Option(help=str(Text(en="Where to write it.", zh="写到何处。")))] = Path("site.yaml"),
    pod_network: Annotated[
        str | None,
        typer.Option(help=str(Text(en="Addresses of pods; else a free range.", zh="Pod 网段；默认自动选择。"))),
    ] = None,
    service_network: Annotated[
        str | None,
        typer.Option(help=str(Text(en="Addresses of services; else a free range.", zh="Service 网段；默认自动选择。"))),
    ] = None,
    storage_path: Annotated[
        str | None,
        typer.Option(
            help=str(Text(en="Folder of volumes; else where the most room is.", zh="数据卷目录；默认选空间最大处。"))
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help=str(Text(en="The platform's https port.", zh="平台的 https 端口。")))
    ] = None,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", help=str(Text(en="Replace an existing file; a copy is kept.", zh="替换已有文件；会保留副本。"))
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    from appliance.bundle import open_bundle
    from installer.checks import needs_of
    from installer.cli.reading import read_nodes
    from installer.configure import Answers, would_replace, write_site
    from installer.configure import configure as decide
    from installer.probe.target import parse_targets

    if not node or not bundle:
        raise InvalidInput(
            Text(
                en="name the machines with --node and the bundle with --bundle",
                zh="请用 --node 指定机器，用 --bundle 指定安装包",
            ),
            fix=Text.same("slipway configure --node root@10.1.1.1 --key ~/.ssh/id_ed25519 --bundle /mnt/bundle"),
        )
    opened = open_bundle(bundle)
    answers = Answers(
        name=name,
        profile=profile,
        pod_network=pod_network,
        service_network=service_network,
        storage_path=storage_path,
        platform_port=port,
    )
    facts = read_nodes(parse_targets(node, key), needs_of(opened, profile=profile), quiet=as_json)
    configuration = decide(facts, answers, opened)
    if would_replace(site, configuration) and not (yes or as_json):
        _ask_to_replace(site)
    kept = write_site(site, configuration)
    if as_json:
        print(configuration.model_dump_json(by_alias=True))
        return
    _show_host_keys(configuration.site)
    if kept:
        print(Text(en=f"the file from before is kept as {kept}", zh=f"原文件保留为 {kept}"))
    print(Text(en=f"written: {site} — read it, change what you like", zh=f"已写入：{site}，请阅读并按需修改"))
    print(
        Text(
            en=f"next: slipway check --site {site}; slipway plan --site {site}",
            zh=f"下一步：slipway check --site {site}；slipway plan --site {site}",
        )
    )


def _ask_to_replace(site: Path) -> None:
    """Go on only with a yes; where nobody can be asked, that is `--yes`."""
    question = Text(
        en=f"{site} exists and says something else. Replace it (a copy is kept)?",
        zh=f"{site} 已存在且内容不同。替换它（会保留副本）？",
    )
    if not sys.stdin.isatty() or not typer.confirm(str(question), err=True):
        raise InvalidInput(
            Text(
                en="the file exists and says something else; nothing was written",
                zh="文件已存在且内容不同；未写入任何内容",
            ),
            where=str(site),
            fix=Text(
                en="replace it with --yes (a copy is kept), or name another with --site",
                zh="用 --yes 替换（会保留副本），或用 --site 指定其他文件",
            ),
        )


def _show_host_keys(site: Site) -> None:
    from installer.configure.host_keys import fingerprint

    pinned = [(n.name, n.address, n.ssh.host_key) for n in site.nodes if n.ssh and n.ssh.host_key]
    if pinned:
        print(
            Text(
                en="host keys seen and pinned (compare with each machine's console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub)",
                zh="已登记的主机密钥（请在各机器控制台核对：ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub）",
            )
        )
    for name, address, key in pinned:
        print(f"  {name}  {address}  {fingerprint(key)}")
