"""Stages: what a role is given, how results come back, how a run is stopped, which secrets manifests get."""

from __future__ import annotations

import ssl
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509

from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.models.site import BundleRef, Kubernetes, Metadata, Site, SiteNode
from installer.remote.ansible import RoleEvent, RoleResult
from installer.stages import Context, RoleStage
from installer.stages import role as role_module
from installer.stages.base import read_description, receipt_folder
from installer.stages.variables import platform_hosts, variables


@pytest.fixture
def site() -> Site:
    nodes = [
        SiteNode(
            name=f"n{i}", address=f"10.0.0.{i}", roles=["worker"] if i > 1 else ["control-plane"], interface="eth0"
        )
        for i in (1, 2)
    ]
    return Site(
        metadata=Metadata(name="test"),
        bundle=BundleRef(path="/the/bundle", digest="sha256:0"),
        nodes=nodes,
        kubernetes=Kubernetes(
            version="v1.37.2", endpoint="10.0.0.1:6443", pod_network="10.244.0.0/16", service_network="10.96.0.0/16"
        ),
    )


@pytest.fixture
def told() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def ctx(site: Site, tmp_path: Path, told: list[tuple[str, str]]) -> Context:
    def progress(step: str, text: Text, done: int | None = None, total: int | None = None) -> None:
        told.append((step, text.en))

    made = Context(site, tmp_path, {}, progress)
    made.bundle = SimpleNamespace(images={"b": None, "a": None})  # type: ignore[assignment]
    return made


def test_a_role_is_run_on_the_nodes_of_its_steps(
    ctx: Context, site: Site, told: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}
    failure = SlipwayError(Text.same("no"), where="n2")

    def run_role(
        role: str, nodes: Any, variables: Any, run_dir: Path, on_event: Any, **rest: Any
    ) -> dict[str, RoleResult]:
        given.update(role=role, nodes=[node.name for node in nodes], variables=variables, **rest)
        on_event(RoleEvent("n1", "A task", "started"))
        on_event(RoleEvent("n1", "A task", "ok"))
        return {"n1": RoleResult(1), "n2": RoleResult(0, failure)}

    monkeypatch.setattr(role_module, "run_role", run_role)
    stage = RoleStage("runtime")
    assert stage.run(ctx, stage.steps(site)) == {"nodes/n2/runtime": failure}
    assert given["role"] == "runtime" and given["nodes"] == ["n1", "n2"]
    assert given["variables"]["site"]["kubernetes"]["podNetwork"] == "10.244.0.0/16", "names as in the file"
    assert given["variables"]["bundle"] == "/the/bundle" and given["variables"]["images"] == ["a", "b"]
    assert given["stop"] is ctx.stop
    assert told == [("nodes/n1/runtime", "A task")]


def test_a_stage_that_waits_ends_when_the_run_is_stopped(ctx: Context, told: list[tuple[str, str]]) -> None:
    tell = ctx.teller("cluster/network")
    tell(Text.same("waiting"))
    ctx.stop.set()
    with pytest.raises(SlipwayError):
        tell(Text.same("still waiting"))
    assert told == [("cluster/network", "waiting")]


def test_secrets_are_made_once_and_are_private(ctx: Context, tmp_path: Path) -> None:
    first = variables(ctx)["secrets"]
    assert first == variables(ctx)["secrets"]
    assert set(first) == {"database_password", "signing_key", "ca_certificate", "tls_certificate", "tls_key"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "secrets").iterdir())


def test_the_platforms_certificate_is_the_sites_own_and_names_every_way_in(ctx: Context) -> None:
    secrets = variables(ctx)["secrets"]
    hosts = platform_hosts(ctx.site)
    assert {"10.0.0.1", "10.0.0.2", "n1", "api.slipway.svc", "127.0.0.1"} <= set(hosts)
    context = ssl.create_default_context(cadata=secrets["ca_certificate"])
    assert context.cert_store_stats()["x509_ca"] == 1
    certificate = x509.load_pem_x509_certificate(secrets["tls_certificate"].encode())
    named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(name.value) for name in named} == set(hosts)


def test_a_broken_description_is_told_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "slipway.yaml").write_text("title: {en: Only English}\nseconds: 3\n")
    with pytest.raises(SlipwayError) as caught:
        read_description(tmp_path / "slipway.yaml")
    assert caught.value.report.where == str(tmp_path / "slipway.yaml")
    assert caught.value.report.why and "zh" in caught.value.report.why.en


def test_a_receipts_folder_is_one_name(tmp_path: Path) -> None:
    assert receipt_folder(tmp_path, "nodes/n1/init") == tmp_path / "receipts/nodes__n1__init"
