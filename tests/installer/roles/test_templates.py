"""What the roles write on a node, for a real machine and for a lab machine."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import jinja2
import pytest
import yaml

from installer.common.paths import ROOT
from installer.models.site import Site

SITE: dict[str, Any] = {
    "metadata": {"name": "acme"},
    "bundle": {"path": "/media/bundle", "digest": "sha256:0"},
    "nodes": [
        {"name": "n1", "address": "10.0.0.1", "roles": ["control-plane", "worker"], "interface": "eth0"},
        {"name": "n2", "address": "10.0.0.2", "roles": ["worker"], "interface": "eth0"},
    ],
    "kubernetes": {
        "version": "v1.37.2",
        "endpoint": "10.0.0.1:6443",
        "podNetwork": "10.244.0.0/16",
        "serviceNetwork": "10.96.0.0/16",
    },
}
JOIN_COMMAND = "kubeadm join 10.0.0.1:6443 --token abc.def --discovery-token-ca-cert-hash sha256:1234"


def render(
    template: str,
    *,
    lab: bool = False,
    node: dict[str, Any] = SITE["nodes"][0],
    seen: tuple[str, ...] = ("cgroup2", "dns"),
    **more: Any,
) -> str:
    site = Site.model_validate({**SITE, "profile": "lab" if lab else "standard"}).model_dump(mode="json", by_alias=True)
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    environment.filters["regex_findall"] = lambda text, pattern: re.findall(pattern, text)
    text = (ROOT / "roles" / template).read_text()
    values = {"site": site, "node": node, "lab": lab, "seen": {"stdout_lines": list(seen)}, **more}
    return environment.from_string(text).render(values)


def kubeadm(template: str, **options: Any) -> dict[str, Any]:
    documents = yaml.safe_load_all(render(template, **options))
    return {doc["kind"]: doc for doc in documents}


def test_init_on_a_real_machine() -> None:
    documents = kubeadm("init/templates/kubeadm.yaml.j2")
    init, cluster, kubelet = (
        documents[k] for k in ("InitConfiguration", "ClusterConfiguration", "KubeletConfiguration")
    )
    assert init["nodeRegistration"] == {
        "name": "n1",
        "criSocket": "unix:///run/containerd/containerd.sock",
        "imagePullPolicy": "Never",
        "taints": [],
        "kubeletExtraArgs": [{"name": "node-ip", "value": "10.0.0.1"}],
    }
    assert init["skipPhases"] == ["addon/kube-proxy"]
    assert cluster["networking"] == {
        "dnsDomain": "cluster.local",
        "podSubnet": "10.244.0.0/16",
        "serviceSubnet": "10.96.0.0/16",
    }
    assert cluster["controlPlaneEndpoint"] == "10.0.0.1:6443"
    assert cluster["kubernetesVersion"] == "v1.37.2"
    assert kubelet["serverTLSBootstrap"] is True
    assert kubelet["failSwapOn"] is False


def test_a_big_disk_is_not_full_at_85_per_cent_and_no_image_is_deleted() -> None:
    kubelet = kubeadm("init/templates/kubeadm.yaml.j2")["KubeletConfiguration"]
    assert kubelet["evictionHard"]["nodefs.available"] == kubelet["evictionHard"]["imagefs.available"] == "2Gi"
    assert kubelet["imageGCHighThresholdPercent"] == 100
    assert kubelet["singleProcessOOMKill"] is True


@pytest.mark.parametrize("program", ["apiServer", "controllerManager", "scheduler"])
def test_nobody_profiles_the_control_plane(program: str) -> None:
    cluster = kubeadm("init/templates/kubeadm.yaml.j2")["ClusterConfiguration"]
    assert {"name": "profiling", "value": "false"} in cluster[program]["extraArgs"]


def test_anonymous_requests_reach_health_and_the_cluster_address_only() -> None:
    config = yaml.safe_load((ROOT / "roles/init/files/authentication.yaml").read_text())
    assert {c["path"] for c in config["anonymous"]["conditions"]} == {
        "/livez",
        "/readyz",
        "/healthz",
        "/api/v1/namespaces/kube-public/configmaps/cluster-info",
    }


def test_a_control_plane_that_is_no_worker_keeps_its_taint() -> None:
    node = {**SITE["nodes"][0], "roles": ["control-plane"]}
    documents = yaml.safe_load_all(render("init/templates/kubeadm.yaml.j2"))
    assert next(documents)["nodeRegistration"]["taints"] == []
    assert "taints" not in kubeadm("init/templates/kubeadm.yaml.j2", node=node)["InitConfiguration"]["nodeRegistration"]


def arguments(registration: dict[str, Any]) -> dict[str, str]:
    return {argument["name"]: argument["value"] for argument in registration["kubeletExtraArgs"]}


@pytest.mark.parametrize("template", ["init/templates/kubeadm.yaml.j2", "join/templates/kubeadm.yaml.j2"])
def test_what_the_node_lacks_is_made_up_for(template: str) -> None:
    kind = "InitConfiguration" if template.startswith("init") else "JoinConfiguration"
    more = {"token": {"stdout": JOIN_COMMAND}}
    lab = kubeadm(template, lab=True, seen=(), **more)[kind]["nodeRegistration"]
    assert arguments(lab) == {
        "node-ip": "10.0.0.1",
        "fail-cgroupv1": "false",
        "resolv-conf": "/etc/kubernetes/resolv.conf",
        "oom-score-adj": "0",
    }
    assert lab["ignorePreflightErrors"] == ["SystemVerification"]
    real = kubeadm(template, **more)[kind]["nodeRegistration"]
    assert arguments(real) == {"node-ip": "10.0.0.1"}
    assert "ignorePreflightErrors" not in real


def test_join_takes_token_and_hash_from_the_first_control_plane() -> None:
    join = kubeadm("join/templates/kubeadm.yaml.j2", node=SITE["nodes"][1], token={"stdout": JOIN_COMMAND})[
        "JoinConfiguration"
    ]
    assert join["discovery"]["bootstrapToken"] == {
        "apiServerEndpoint": "10.0.0.1:6443",
        "token": "abc.def",
        "caCertHashes": ["sha256:1234"],
    }
    assert join["nodeRegistration"]["name"] == "n2"


@pytest.mark.parametrize(("lab", "systemd"), [(False, True), (True, True), (True, False)])
def test_settings_of_containerd(lab: bool, systemd: bool) -> None:
    text = render(
        "runtime/templates/config.toml.j2", lab=lab, systemd_cgroup=systemd, pause_image="registry.k8s.io/pause:3.10.2"
    )
    config = tomllib.loads(text)
    assert config["version"] == 3
    assert (
        config["plugins"]["io.containerd.cri.v1.images"]["pinned_images"]["sandbox"] == "registry.k8s.io/pause:3.10.2"
    )
    runtime = config["plugins"]["io.containerd.cri.v1.runtime"]
    assert runtime.get("restrict_oom_score_adj", False) is lab
    assert runtime["containerd"]["runtimes"]["runc"]["options"]["SystemdCgroup"] is systemd


def test_a_real_machine_gets_nothing_of_the_lab() -> None:
    for template in ("runtime/templates/containerd.service.j2", "prepare/templates/sysctl.conf.j2"):
        assert "lab" not in render(template)
    assert "OOMScoreAdjust=-999" in render("runtime/templates/containerd.service.j2")
    assert "Limit" not in render("runtime/templates/containerd.service.j2", lab=True), (
        "a lab machine may not raise limits"
    )
    assert render("prepare/templates/sysctl.conf.j2", lab=True).count(" = ") == 1, "other settings belong to the host"
