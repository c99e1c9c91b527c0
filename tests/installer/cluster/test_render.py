"""Manifests: what renders, what is refused, and our own folders with a real bundle's names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from installer.cluster.render import render
from installer.common.errors import SlipwayError
from installer.common.paths import ROOT
from installer.models.site import Site

IMAGES = [
    "docker.io/rancher/local-path-provisioner:v0.0.30",
    "registry.k8s.io/metrics-server/metrics-server:v0.9.0",
    "slipway.local/debian:12",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml.j2").write_text(text)


def test_objects_come_in_the_order_of_names_and_documents(folder: Path) -> None:
    put(folder, b="kind: B\n---\nkind: {{ c }}\n", a="# nothing but a comment\n---\nkind: A\n")
    assert [o["kind"] for o in render(folder, {"c": "C"})] == ["A", "B", "C"]


def test_a_list_is_its_items(folder: Path) -> None:
    put(folder, a="kind: List\nitems: [{kind: A}, {kind: B}]")
    assert [o["kind"] for o in render(folder, {})] == ["A", "B"]


def test_an_image_is_found_by_the_end_of_its_repository(folder: Path) -> None:
    put(folder, a="kind: {{ image('metrics-server') }}")
    assert render(folder, {}, images=IMAGES)[0]["kind"] == "registry.k8s.io/metrics-server/metrics-server:v0.9.0"


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("kind: A\nname: {{ unknown }}\n", 2, "unknown"),
        ("kind: A\n\nname: {{ site.nodes }}\n", 3, "nodes"),
        ("a: b\nkind: {% if %}\n", 2, "Expected"),
        ("kind: {{ image('nothing') }}", 1, "0 images"),
        ("kind: A\n{% include 'bundle:gone' %}\n", 2, "gone"),
        ("kind: [", 0, "flow"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(folder: Path, text: str, line: int, why: str) -> None:
    put(folder, a=text)
    with pytest.raises(SlipwayError) as caught:
        render(folder, {"site": {}}, images=IMAGES, read_bundle=lambda name: {}[name])
    where = str(folder / "a.yaml.j2")
    assert caught.value.report.where == (f"{where}:{line}" if line else where)
    assert caught.value.report.why and why in caught.value.report.why.en


def site(profile: str = "standard") -> dict[str, Any]:
    node = {"name": "n1", "address": "10.0.0.1", "roles": ["control-plane", "worker"], "interface": "eth0"}
    return Site.model_validate(
        {
            "metadata": {"name": "acme"},
            "profile": profile,
            "bundle": {"path": "/b", "digest": "sha256:0"},
            "nodes": [node, {**node, "name": "n2", "address": "10.0.0.2", "roles": ["worker"], "interface": "ens3"}],
            "kubernetes": {
                "version": "v1.37.2",
                "endpoint": "10.0.0.1:6443",
                "podNetwork": "10.244.0.0/16",
                "serviceNetwork": "10.96.0.0/16",
            },
            "storage": {"path": "/data/volumes"},
        }
    ).model_dump(mode="json", by_alias=True)


def pods(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [o["spec"]["template"]["spec"] for o in objects if o["kind"] in ("Deployment", "DaemonSet")]


@pytest.mark.parametrize("name", ["storage", "metrics"])
def test_our_pods_are_locked_down_and_pull_nothing(name: str) -> None:
    found = pods(render(ROOT / "manifests" / name, {"site": site()}, images=IMAGES))
    assert found
    for pod in found:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["imagePullPolicy"] == "Never"
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert "memory" in container["resources"]["limits"]


def test_volumes_lie_where_the_site_says() -> None:
    objects = render(ROOT / "manifests/storage", {"site": site()}, images=IMAGES)
    settings = next(o for o in objects if o["kind"] == "ConfigMap")["data"]
    assert '["/data/volumes"]' in settings["config.json"]
    assert "image: slipway.local/debian:12" in settings["helperPod.yaml"]


def test_the_network_is_the_chart_that_the_bundle_brings() -> None:
    chart = "kind: {{ site.profile }}\nhost: {{ site.kubernetes.endpoint }}\n"
    (obj,) = render(
        ROOT / "manifests/network", {"site": site("lab")}, read_bundle={"manifests/cilium.yaml.j2": chart}.__getitem__
    )
    assert obj == {"kind": "lab", "host": "10.0.0.1:6443"}
