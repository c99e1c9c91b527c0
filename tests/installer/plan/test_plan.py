"""The plan: what it says, in both languages, and that its digest stands for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.common.text import Text
from installer.models.plan import Change
from installer.models.site import BundleRef, Kubernetes, Metadata, Site, SiteNode
from installer.plan import INSTALL, make_plan, site_digest
from installer.plan.render import expected_seconds, to_markdown
from installer.stages import Context, ObjectsStage, RoleStage, Step
from installer.stages.role import all_others, first_control_plane


def site_of(*names: str, profile: str = "standard") -> Site:
    nodes = [
        SiteNode(
            name=name, address=f"10.0.0.{i}", roles=["worker"] if i else ["control-plane", "worker"], interface="eth0"
        )
        for i, name in enumerate(names)
    ]
    return Site.model_validate(
        {
            "metadata": Metadata(name="test"),
            "profile": profile,
            "bundle": BundleRef(path="/nowhere", digest="sha256:0"),
            "nodes": nodes,
            "kubernetes": Kubernetes(
                version="v1.37.2", endpoint="10.0.0.0:6443", pod_network="10.244.0.0/16", service_network="10.96.0.0/16"
            ),
        }
    )


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Manifests need a bundle to be rendered; here each stage of objects has one."""

    def changes(self: ObjectsStage, ctx: Context, step: Step) -> list[Change]:
        return [Change(node="", kind="object", target=f"Deployment {self.name}", text=Text(en="applied", zh="创建"))]

    monkeypatch.setattr(ObjectsStage, "changes", changes)


def test_the_workflow_is_the_one_of_the_architecture() -> None:
    assert [stage.name for stage in INSTALL] == (
        [
            "prepare",
            "deliver",
            "runtime",
            "kubelet",
            "init",
            "join",
            "network",
            "dns",
            "storage",
            "metrics",
            "database",
            "platform",
            "accept",
        ]
    )


def test_every_stage_is_described_in_both_languages() -> None:
    for stage in INSTALL:
        about = stage.description
        assert about.title.en and about.title.zh and about.seconds > 0, stage.name
        assert all(change.text.en and change.text.zh for change in about.changes), stage.name


def test_steps_follow_the_nodes_roles(tmp_path: Path, objects: None) -> None:
    steps = {step.id: step for step in make_plan(site_of("a", "b", "c"), tmp_path, INSTALL).steps}
    assert [i for i in steps if i.endswith("/init")] == ["nodes/a/init"]
    assert [i for i in steps if i.endswith("/join")] == ["nodes/b/join", "nodes/c/join"]
    assert steps["nodes/b/join"].after == ["nodes/a/init"]
    assert steps["cluster/network"].after == ["nodes/b/join", "nodes/c/join"]


def test_a_single_node_joins_nobody(tmp_path: Path, objects: None) -> None:
    steps = {step.id: step for step in make_plan(site_of("a"), tmp_path, INSTALL).steps}
    assert not any(i.endswith("/join") for i in steps)
    assert steps["cluster/network"].after == ["nodes/a/init"]


def test_changes_name_the_sites_own_values_and_fit_its_profile(tmp_path: Path, objects: None) -> None:
    def targets(profile: str) -> set[str]:
        plan = make_plan(site_of("a", profile=profile), tmp_path, INSTALL)
        return {change.target for step in plan.steps for change in step.changes}

    assert "/var/lib/slipway/volumes" in targets("standard")
    assert "lab-mounts.service" not in targets("standard")
    assert "lab-mounts.service" in targets("lab")
    assert not any("{" in target.replace("{{", "") and "site" in target for target in targets("lab"))


def test_the_digest_stands_for_the_steps(tmp_path: Path, objects: None) -> None:
    one = make_plan(site_of("a", "b"), tmp_path, INSTALL)
    assert one.digest == make_plan(site_of("a", "b"), tmp_path, INSTALL).digest
    assert one.digest != make_plan(site_of("a"), tmp_path, INSTALL).digest
    assert one.site_digest == site_digest(site_of("a", "b")) != site_digest(site_of("a", "c"))


def test_what_a_stage_touches_is_the_sites_own(tmp_path: Path) -> None:
    site = site_of("a")
    for stage in INSTALL:
        for patterns in stage.touches(site).values():
            assert not any("{site" in pattern for pattern in patterns), stage.name


def test_only_stages_that_touch_nodes_are_bracketed() -> None:
    site = site_of("a", "b")
    bracketed = {stage.name for stage in INSTALL if any(step.nodes for step in stage.steps(site))}
    assert bracketed == {"prepare", "deliver", "runtime", "kubelet", "init", "join", "network"}
    for stage in INSTALL:
        assert bool(stage.touches(site)) == (stage.name in bracketed), stage.name


def test_the_cluster_begins_with_init() -> None:
    assert [stage.name for stage in INSTALL if stage.makes_cluster] == ["init"]


def test_nodes_of_a_stage_work_side_by_side() -> None:
    assert first_control_plane(site_of("a", "b"))[0].name == "a"
    assert [node.name for node in all_others(site_of("a", "b"))] == ["b"]


def test_the_page_to_sign_has_everything(tmp_path: Path, objects: None) -> None:
    site = site_of("a", "b")
    plan = make_plan(site, tmp_path, INSTALL)
    pages = {"en": to_markdown(plan, site, "en"), "zh": to_markdown(plan, site, "zh")}
    for page in pages.values():
        assert plan.digest in page and "sha256:0" in page and "10.0.0.1" in page
        for step in plan.steps:
            assert f"(`{step.stage}`)" in page
            for change in step.changes:
                assert change.target in page
    assert "Approved by" in pages["en"] and "批准人" in pages["zh"]
    assert "安装计划" not in pages["en"] and "Installation plan" not in pages["zh"]


def test_the_expected_time_counts_a_stage_once(tmp_path: Path, objects: None) -> None:
    stages = [RoleStage("prepare"), RoleStage("deliver")]
    assert expected_seconds(make_plan(site_of("a", "b"), tmp_path, stages)) == sum(
        s.description.seconds for s in stages
    )
