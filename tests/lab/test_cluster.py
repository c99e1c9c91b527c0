"""From two bare machines to a cluster that works: the roles and the base manifests, one after another, then a power cut.

The tests share one lab and build on each other, in the order of an installation.
"""

from __future__ import annotations

import base64
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance import lab as labs
from appliance.bundle import Bundle, open_bundle
from appliance.lab import faults
from installer.cluster import Cluster, apply_folder, restore, verify, wait_for
from installer.cluster.render import render
from installer.common.errors import SlipwayError
from installer.common.paths import ROOT
from installer.models.node import SshAccess
from installer.models.site import BundleRef, Kubernetes, Metadata, Site, SiteNode
from installer.remote import Remote, connect
from installer.remote.ansible import run_role

ROLES = ["prepare", "deliver", "runtime", "kubelet", "init", "join"]


def quiet(_text: object) -> None: ...


@dataclass
class Place:
    """A lab, the site on it, and the ways in."""

    lab: labs.Lab
    site: Site
    bundle: Bundle
    run_dir: Path
    remotes: dict[str, Remote]

    def role(self, name: str) -> int:
        """Run a role on the nodes it is for; how many tasks changed something."""
        first = self.site.control_planes[:1]
        nodes = {"init": first, "join": [n for n in self.site.nodes if n not in first]}.get(name, self.site.nodes)
        variables = {
            "site": self.site.model_dump(mode="json", by_alias=True),
            "bundle": str(self.bundle.path),
            "images": sorted(self.bundle.images),
            "ca_certificate": "",  # no platform is laid down here, so nothing is fetched from it
        }
        results = run_role(name, nodes, variables, self.run_dir, quiet, others=self.site.nodes)  # type: ignore[arg-type]
        errors = [str(result.error) for result in results.values() if result.error]
        assert not errors, "\n".join(errors)
        return sum(result.changed for result in results.values())

    def cluster(self) -> Cluster:
        return Cluster(self.run_dir / "secrets/admin.conf")

    def objects(self, name: str) -> list[dict]:
        return render(
            ROOT / "manifests" / name,
            {"site": self.site.model_dump(mode="json", by_alias=True), "version": "test"},
            images=self.bundle.images,
            read_bundle=lambda file: self.bundle.read_file(file).decode(),
        )

    def receipt(self, name: str) -> Path:
        return self.run_dir / f"receipts/cluster__{name}/objects.json"

    def stage(self, name: str) -> None:
        with self.cluster() as cluster:
            apply_folder(cluster, self.objects(name), self.receipt(name), quiet)
            verify(name, cluster, self.site, self.remotes, quiet)


@pytest.fixture(scope="module")
def place(lab: Callable[..., labs.Lab], bundle_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    machines = lab(2)
    bundle = open_bundle(bundle_path)
    nodes = [
        SiteNode(
            name=node.name,
            address=node.address,
            ssh=SshAccess(key=str(machines.key), host_key=node.host_key),
            roles=["control-plane", "worker"] if node is machines.nodes[0] else ["worker"],
            interface="eth0",
        )
        for node in machines.nodes
    ]
    site = Site(
        metadata=Metadata(name="test"),
        profile="lab",
        bundle=BundleRef(path=str(bundle_path), digest=bundle.digest),
        nodes=nodes,
        kubernetes=Kubernetes(
            version="v" + bundle.version("kubernetes"),
            endpoint=f"{nodes[0].address}:6443",
            pod_network="10.244.0.0/16",
            service_network="10.96.0.0/16",
        ),
    )
    run_dir = tmp_path_factory.mktemp("site.run")
    (run_dir / "secrets").mkdir(mode=0o700)
    remotes = connect(site.nodes, run_dir)
    remotes["n1"].run(": > /etc/resolv.conf")  # a site without any DNS server; n2 knows one that refuses
    return Place(machines, site, bundle, run_dir, remotes)


def test_roles_bring_up_a_cluster(place: Place) -> None:
    for role in ROLES:
        assert place.role(role) > 0, role
    assert (place.run_dir / "secrets/admin.conf").stat().st_mode & 0o777 == 0o600
    with place.cluster() as cluster:
        assert [n["metadata"]["name"] for n in cluster.items("v1", "Node")] == ["n1", "n2"]


def test_no_secret_of_the_join_is_left(place: Place) -> None:
    logs = "".join(path.read_text(errors="replace") for path in (place.run_dir / "logs").iterdir())
    with place.cluster() as cluster:
        tokens = cluster.items("v1", "Secret", "kube-system", fieldSelector="type=bootstrap.kubernetes.io/token")
    secrets = [base64.b64decode(t["data"]["token-secret"]).decode() for t in tokens]
    assert secrets, "the token of the second node lives for minutes"
    for secret in secrets:
        assert secret not in logs
        found = place.remotes["n2"].run(f"grep -rlF {secret} /etc /root /var/lib/slipway /tmp /run 2>/dev/null; true")
        assert found.stdout == b""


def test_the_network_carries_every_node(place: Place) -> None:
    place.stage("network")
    with place.cluster() as cluster:
        for node in ("n1", "n2"):
            assert cluster.text(f"/api/v1/nodes/{node}/proxy/healthz") == "ok"


def test_dns_answers_on_every_node(place: Place) -> None:
    with place.cluster() as cluster:
        verify("dns", cluster, place.site, place.remotes, quiet)


def test_storage_and_metrics(place: Place) -> None:
    place.stage("storage")
    place.stage("metrics")
    with place.cluster() as cluster:
        usage = cluster.get("/apis/metrics.k8s.io/v1beta1/nodes")["items"]
    assert {n["metadata"]["name"] for n in usage} == {"n1", "n2"}


def pod(name: str, node: str, image: str, *command: str, claim: str = "") -> dict:
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "Never",
        "command": list(command),
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }
    volume = {"persistentVolumeClaim": {"claimName": claim}} if claim else {"emptyDir": {}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {
            "nodeName": node,
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "containers": [container],
            "volumes": [{"name": "data", **volume}],
        },
    }


def test_pods_talk_across_nodes_and_keep_their_volumes(place: Place) -> None:
    (image,) = [ref for ref in place.bundle.images if "/platform-api:" in ref]  # has Python
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "kept", "namespace": "default"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "server", "namespace": "default"},
        "spec": {"selector": {"app": "server"}, "ports": [{"port": 80, "targetPort": 8080}]},
    }
    serve = "echo hello > /data/index.html; exec python3 -m http.server -d /data 8080"
    ask = "import urllib.request as u; print(u.urlopen('http://server.default.svc.cluster.local', timeout=20).read().decode())"
    server = pod("server", "n1", image, "sh", "-c", serve, claim="kept")
    server["spec"]["nodeSelector"] = {
        "kubernetes.io/hostname": server["spec"].pop("nodeName")
    }  # the scheduler binds the claim
    client = pod("client", "n2", image, "python3", "-c", f"exec({ask!r})")
    receipt = place.receipt("pods")
    with place.cluster() as cluster:
        apply_folder(cluster, [claim, service, server], receipt, quiet, seconds=120)
        cluster.apply(client)
        for _, seen in cluster.watch("/api/v1/namespaces/default/pods", 90, fieldSelector="metadata.name=client"):
            if seen["status"]["phase"] in ("Succeeded", "Failed"):
                break
        assert cluster.text("/api/v1/namespaces/default/pods/client/log").strip() == "hello"
        folder = shlex.quote(place.site.storage.path)
        assert place.remotes["n1"].run(f"cat {folder}/*/index.html").stdout == b"hello\n"
        cluster.delete("/api/v1/namespaces/default/pods/client")
        assert restore(cluster, receipt, quiet) == []


def test_a_second_run_changes_nothing(place: Place) -> None:
    assert {role: place.role(role) for role in ROLES} == dict.fromkeys(ROLES, 0)
    with place.cluster() as cluster:
        for name in ("network", "storage", "metrics"):
            objects = place.objects(name)
            before = [cluster.get(cluster.path_of(o))["metadata"].get("generation") for o in objects]
            apply_folder(cluster, objects, place.receipt(name), quiet)
            assert [cluster.get(cluster.path_of(o))["metadata"].get("generation") for o in objects] == before


def test_what_cannot_start_is_explained(place: Place) -> None:
    broken = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "broken", "namespace": "default"},
        "spec": {
            "selector": {"matchLabels": {"app": "broken"}},
            "template": {
                "metadata": {"labels": {"app": "broken"}},
                "spec": {
                    "automountServiceAccountToken": False,
                    "containers": [{"name": "main", "image": "nowhere/none:1", "imagePullPolicy": "Never"}],
                },
            },
        },
    }
    with place.cluster() as cluster:
        with pytest.raises(SlipwayError) as caught:
            apply_folder(cluster, [broken], place.receipt("broken"), quiet, seconds=10)
        assert caught.value.report.why and "ErrImageNeverPull" in caught.value.report.why.en
        assert restore(cluster, place.receipt("broken"), quiet) == []


@pytest.mark.parametrize("number", [1, 0], ids=["worker", "control plane"])
def test_a_power_cut_of_a_node_heals_by_itself(place: Place, number: int) -> None:
    node = place.lab.nodes[number]
    faults.power_cut(node)
    faults.boot(node)
    remote = place.remotes[node.name]
    started = remote.run("until ctr -n k8s.io tasks list -q | grep -q .; do sleep 1; done", timeout=120)
    assert started.returncode == 0
    agent = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "cilium", "namespace": "kube-system"}}
    remote.run(
        f"until python3 -c {shlex.quote(_API_ANSWERS)} {place.site.kubernetes.endpoint}; do sleep 1; done", timeout=180
    )
    with place.cluster() as cluster:
        wait_for(cluster, [agent], quiet, 180)
        verify("network", cluster, place.site, place.remotes, quiet)
        verify("dns", cluster, place.site, place.remotes, quiet)


_API_ANSWERS = """
import ssl, sys, urllib.request as u
try:
    u.urlopen("https://" + sys.argv[1] + "/readyz", context=ssl._create_unverified_context(), timeout=3)
except OSError:
    sys.exit(1)
"""
