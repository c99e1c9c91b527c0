"""What must hold before an engine is started; every front end asks here."""

from __future__ import annotations

from pathlib import Path

from appliance.bundle import open_bundle
from installer.checks import check, needs_of
from installer.common.errors import ExitCode, InvalidInput, SlipwayError
from installer.common.text import Text
from installer.configure import load_site
from installer.engine.lock import busy, is_held
from installer.engine.prepare import changed_inputs, run_dir_of
from installer.engine.view import look
from installer.models.facts import Facts
from installer.models.plan import Plan
from installer.models.site import Site
from installer.plan import INSTALL, make_plan
from installer.probe import probe


def demand_unbegun(site_file: Path) -> None:
    """Before an installation.

    Raises:
        SlipwayError: an engine is at work on this site, or an earlier run has left something on its nodes.
    """
    run_dir = run_dir_of(site_file)
    if is_held(run_dir):
        raise busy(run_dir)
    if not look(run_dir).clean:
        raise InvalidInput(
            Text(en="this site has been begun already", zh="该站点的安装已经开始"),
            where=str(site_file),
            fix=Text(
                en="`slipway retry` goes on where it stopped; `slipway rollback --all` takes it back, then install anew",
                zh="`slipway retry` 从中断处继续；或先用 `slipway rollback --all` 全部撤销，再重新安装",
            ),
        )


def demand_good(site: Site) -> Facts:
    """Probe and check the machines; returns what was read.

    Raises:
        SlipwayError: with exit code 3, when a check forbids the installation.
    """
    bundle = open_bundle(Path(site.bundle.path))
    _demand_bundle(site, bundle.digest)
    facts = probe(site.nodes)
    report = check(facts, needs_of(bundle, site))
    failures = [finding for finding in report.findings if finding.severity == "fail"]
    if failures:
        lines = [
            Text(en="{where}: {title}", zh="{where}：{title}").format(where=f.node or site.metadata.name, title=f.title)
            for f in failures
        ]
        raise SlipwayError(
            Text(en="the checks forbid the installation", zh="检查未通过，不能安装"),
            where=", ".join(dict.fromkeys(f.node or site.metadata.name for f in failures)),
            why=Text(en="\n".join(line.en for line in lines), zh="\n".join(line.zh for line in lines)),
            fix=Text(
                en="`slipway check --site FILE` shows each with its evidence and what to do",
                zh="`slipway check --site 文件` 列出各项依据和处理办法",
            ),
            code=ExitCode.BLOCKED,
        )
    return facts


def demand_same_inputs(site_file: Path, run_dir: Path) -> None:
    """Before going on with a run.

    Raises:
        InvalidInput: the site's file or the product changed since the run was planned.
    """
    new, old = load_site(site_file), load_site(run_dir / "site.yaml")
    if error := changed_inputs(old.model_dump(mode="json"), new.model_dump(mode="json")):
        raise error
    _demand_bundle(new, open_bundle(Path(new.bundle.path)).digest)
    planned = Plan.model_validate_json((run_dir / "plan.json").read_bytes())
    now = make_plan(new, run_dir, INSTALL)
    if planned.digest != now.digest:
        before = {step.id: step.model_dump(mode="json") for step in planned.steps}
        after = {step.id: step.model_dump(mode="json") for step in now.steps}
        raise changed_inputs(before, after) or AssertionError("two equal plans with different digests")


def _demand_bundle(site: Site, digest: str) -> None:
    """The site was configured for one bundle; another one, however similar, is another installation."""
    if site.bundle.digest != digest:
        raise InvalidInput(
            Text(
                en="the bundle is not the one that this site was configured for",
                zh="安装包不是该站点配置时所用的那一个",
            ),
            where=site.bundle.path,
            why=Text(en="configured for: {old}; there: {new}", zh="配置时：{old}；现有：{new}").format(
                old=site.bundle.digest, new=digest
            ),
            fix=Text(
                en="put that bundle back, or run `slipway configure` with the new one before an installation is begun",
                zh="请放回原安装包；若尚未开始安装，可用新安装包重新运行 `slipway configure`",
            ),
        )
