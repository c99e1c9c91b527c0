"""The whole way on one machine, by the very commands a field engineer types; each is printed before it runs."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import Field
from rich.console import Console
from rich.table import Table

from appliance import lab
from appliance.lab import OS_PACKAGES as LAB_PACKAGES
from appliance.pack import OS_PACKAGES as PACK_PACKAGES
from installer.accept.access import Access, access_of
from installer.common import ospackages
from installer.common.errors import ExitCode, SlipwayError
from installer.common.files import write_atomic
from installer.common.paths import ROOT, cache, state
from installer.common.text import Text
from installer.engine import look, run_dir_of
from installer.models.base import Model

LAB = "demo"


class StageTime(Model):
    """One command of the demo and how long it took."""

    title: Text
    command: list[str]
    seconds: float


class DemoState(Model):
    """What the demo must remember to take itself down: kept in `demo.json`."""

    os_packages: list[str] = Field(default_factory=list)
    """Packages that were not on this machine before, dependencies included."""
    folders: list[Path] = Field(default_factory=list)
    """Folders that these packages' programs made."""
    stages: list[StageTime] = Field(default_factory=list)


class Demo:
    """The demo's folder, and what is done there."""

    def __init__(self, console: Console, folder: Path | None = None) -> None:
        self.console = console
        self.folder = folder or state() / "demo"
        self._file = self.folder / "demo.json"
        self.state = DemoState.model_validate_json(self._file.read_bytes()) if self._file.exists() else DemoState()

    @property
    def site(self) -> Path:
        return self.folder / "site.yaml"

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle"

    def up(self, nodes: int, *, yes: bool) -> Access:
        """Go the whole way, or go on where an earlier try stopped.

        Raises:
            SlipwayError: a command failed; it has said why itself.
        """
        self.state = self.state.model_copy(update={"stages": []})
        self._packages(yes)
        self._run(Text(en="build the bundle", zh="打包"), "pack", "-o", str(self.bundle), "--yes")
        self._run(Text(en="verify it", zh="校验安装包"), "bundle", "verify", str(self.bundle))
        self._run(Text(en="start the lab machines", zh="启动实验机"), "lab", "up", LAB, "--nodes", str(nodes), "--yes")
        machines = lab.get(LAB)
        reach = [word for node in machines.nodes for word in ("--node", f"root@{node.address}")]
        reach += ["--key", str(machines.key), "--bundle", str(self.bundle), "--profile", "lab"]
        if look(run_dir_of(self.site)).clean:
            self._run(Text(en="check the machines", zh="检查机器"), "check", *reach)
            self._run(
                Text(en="generate the configuration", zh="生成配置"),
                *("configure", *reach, "--name", LAB, "--site", str(self.site), "--yes"),
            )
            self._run(Text(en="show the plan", zh="列出计划"), "plan", "--site", str(self.site))
            self._run(
                Text(en="install, train, serve, accept", zh="安装、训练、服务、验收"),
                *("install", "--site", str(self.site), "--yes"),
            )
        else:
            self._run(Text(en="go on where it stopped", zh="从中断处继续"), "retry", "--site", str(self.site), "--yes")
        self._show_times()
        return access_of(self.site)

    def down(self, *, yes: bool, confirm: Callable[[Text], bool]) -> None:
        """Leave the machine as it was before `up`: lab, files, and the OS packages it installed (these after asking)."""
        if LAB in [one.name for one in lab.listing()]:
            lab.down(LAB)
        packages = self.state.os_packages
        if packages and (
            yes
            or confirm(
                Text(
                    en="Remove the OS packages that the demo installed ({names})?",
                    zh="移除演示安装的系统软件包（{names}）？",
                ).format(names=" ".join(packages))
            )
        ):
            ospackages.remove(packages)
            for folder in filter(Path.exists, self.state.folders):
                shutil.rmtree(folder)
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _packages(self, yes: bool) -> None:
        wanted = [*LAB_PACKAGES, *PACK_PACKAGES]
        if not ospackages.missing(wanted):
            return
        before = ospackages.installed()
        folders = [folder for folder in lab.FOLDERS if not folder.exists()]
        started = time.monotonic()
        ospackages.ensure(
            wanted,
            yes=yes,
            reason=Text(en="to build the bundle and to run lab machines", zh="用于打包和运行实验机"),
        )
        added = sorted(ospackages.installed() - before)
        self._remember(
            os_packages=sorted({*self.state.os_packages, *added}),
            folders=sorted({*self.state.folders, *folders}),
        )
        self._record(Text(en="install OS packages", zh="安装系统软件包"), ["apt-get", "install"], started)

    def _run(self, title: Text, *words: str) -> None:
        command = ["slipway", *words]
        self.console.rule(f"[bold]{title}", align="left")
        self.console.print(f"$ {shlex.join(command)}", style="cyan", highlight=False, soft_wrap=True)
        started = time.monotonic()
        done = subprocess.run([sys.executable, "-m", "installer.cli", *words], cwd=ROOT, env=os.environ, check=False)
        self._record(title, command, started)
        if done.returncode == ExitCode.INTERRUPTED:
            raise KeyboardInterrupt
        if done.returncode:
            raise SlipwayError(
                Text(en="the demo stopped at: {title}", zh="演示停在：{title}").format(title=title),
                why=Text(
                    en="the command above ended with exit code {code}", zh="上面的命令以退出码 {code} 结束"
                ).format(code=done.returncode),
                fix=Text(
                    en="`slipway demo` goes on from there; `slipway demo --down` takes it all away",
                    zh="`slipway demo` 从该处继续；`slipway demo --down` 全部撤走",
                ),
                code=ExitCode(done.returncode),
            )

    def _record(self, title: Text, command: list[str], started: float) -> None:
        stage = StageTime(title=title, command=command, seconds=round(time.monotonic() - started, 1))
        self._remember(stages=[*self.state.stages, stage])

    def _remember(self, **changed: object) -> None:
        self.state = self.state.model_copy(update=changed)
        write_atomic(self._file, self.state.model_dump_json(indent=2))

    def _show_times(self) -> None:
        table = Table(title=str(Text(en="How long it took", zh="各阶段用时")), title_justify="left", box=None)
        table.add_column()
        table.add_column(justify="right")
        for stage in self.state.stages:
            table.add_row(str(stage.title), f"{stage.seconds:.1f} s")
        table.add_row(
            str(Text(en="all", zh="合计")), f"{sum(s.seconds for s in self.state.stages):.1f} s", style="bold"
        )
        self.console.print(table)


def farewell(access: Access, site: Path) -> Text:
    """What a newcomer is told at the end: where to look, how to take it down."""
    return Text(
        en="""The platform is at {url}
  token:        {token}   (on the page: “With a token instead”, paste its content; good for {hours} h)
  certificate:  {ca}   (the site's own authority, for browsers and clients)
  report:       {report}
Look around:
  curl --cacert {ca} -H "Authorization: Bearer $(cat {token})" {url}/api/v1/tasks
  ssh -F {ssh} n1 kubectl --kubeconfig /etc/kubernetes/admin.conf get pods -A
  slipway status --site {site}
  slipway rollback --all --prove --site {site}     # take Kubernetes and the platform off the lab machines again
Take it all down:  slipway demo --down      (what was built stays in {cache})""",
        zh="""平台地址：{url}
  令牌：      {token}   （在登录页点“改用令牌”并粘贴其内容；{hours} 小时内有效）
  证书：      {ca}   （站点自己的证书颁发机构，供浏览器和客户端使用）
  验收报告：  {report}
随便看看：
  curl --cacert {ca} -H "Authorization: Bearer $(cat {token})" {url}/api/v1/tasks
  ssh -F {ssh} n1 kubectl --kubeconfig /etc/kubernetes/admin.conf get pods -A
  slipway status --site {site}
  slipway rollback --all --prove --site {site}     # 把 Kubernetes 和平台从实验机上撤走
全部撤走：slipway demo --down      （构建结果保留在 {cache}）""",
    ).format(
        url=access.url,
        token=access.token_file,
        hours=access.token_hours,
        ca=access.ca_file,
        report=access.report,
        ssh=access.ssh_config,
        site=site,
        cache=cache(),
    )
