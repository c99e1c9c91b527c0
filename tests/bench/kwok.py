"""A control plane as processes, with kwok playing kubelets: nodes without machines, pods that run for as long as their class says.

kwok is built as the programs of the bundle are; it is for benches only, and no bundle has it.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from appliance.catalog.load import load_catalog
from appliance.catalog.lock import Lock
from appliance.catalog.models import Go, GoBuild
from appliance.pack.steps import Work
from appliance.sources import golang
from appliance.sources.base import Context
from installer.cluster import Cluster
from installer.common.errors import SlipwayError
from installer.common.paths import ROOT, cache
from tests.bench.deployed import Deployed, deployed
from tests.installer.cluster.conftest import free_port, issue, pem
from tests.installer.cluster.conftest import program as packed
from tests.waiting import until

VERSION = "0.8.0"
MODULE = "sigs.k8s.io/kwok"
PLENTY = {"memory": "1Ti", "ephemeral-storage": "10Ti", "pods": "1000"}
"""What a node has besides processors."""
AS_A_POD = (
    "import sys; from pathlib import Path; from mlplatform.executors import kubernetes; from mlplatform.processes import run_scheduler; "
    "kubernetes.ACCOUNT = Path(sys.argv[1]); run_scheduler()"
)
"""The scheduler's process where an account's files are not where a pod has them."""
QPS = 1000
"""Requests a second that the controllers may make; their defaults are 20 to 50."""


@dataclass(frozen=True)
class ControlPlane:
    """What runs, and how it is reached."""

    kubeconfig: Path
    port: int
    ca: Path
    pids: Mapping[str, int]


def kwok() -> Path:
    """The folder with the program and its stages; built the first time, which takes some minutes.

    Raises:
        Unavailable: it cannot be built; says why.
    """
    kept = cache() / "bench" / f"kwok-{VERSION}"
    if not kept.exists():
        with tempfile.TemporaryDirectory(prefix="slipway-bench-") as name:
            folder = Path(name)
            for part in ("result", "scratch"):
                (folder / part).mkdir()
            work = Work(folder / "result", folder / "scratch", {}, lambda said: print(said, flush=True))
            context = Context(Lock(folder / "lock.yaml"), load_catalog().toolchain, cache() / "pack/tools")
            stages = {f"stages/{kind}": f"{MODULE}//kustomize/stage/{kind}/fast" for kind in ("node", "pod")}
            source = Go(
                kind="go",
                require={MODULE: f"v{VERSION}"},
                base=MODULE,
                builds=[GoBuild(programs={"kwok": f"{MODULE}/cmd/kwok"})],
                data=stages,
            )
            golang.obtain(source, work, context)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(folder / "result", kept)
    return kept


@contextmanager
def control_plane(seconds: Mapping[str, float], nodes: Mapping[str, Mapping[str, str]]) -> Iterator[ControlPlane]:
    """etcd (which syncs to its disk), API server, controllers, scheduler and kwok.

    Args:
        seconds: how long a pod runs, by the processor that its first container asks for: `{"1": 0.2}`.
        nodes: what each node has.
    """
    made = kwok()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slipway-bench-")))
        log = stack.enter_context((folder / "log").open("wb"))
        _issue_certificates(folder)
        client, peer, secure = free_port(), free_port(), free_port()
        config = _kubeconfig(folder, secure)
        (folder / "stages.yaml").write_text(yaml.safe_dump_all(_stages(made / "stages", seconds)))
        own = [f"--kubeconfig={config}"]
        limits = [f"--kube-api-qps={QPS}", f"--kube-api-burst={2 * QPS}", "--leader-elect=false"]
        keys = [f"--root-ca-file={folder}/ca.crt", f"--service-account-private-key-file={folder}/sa.key"]
        commands = {
            "etcd": [
                packed("etcd", folder),
                f"--data-dir={folder}/etcd",
                f"--listen-client-urls=http://127.0.0.1:{client}",
                f"--advertise-client-urls=http://127.0.0.1:{client}",
                f"--listen-peer-urls=http://127.0.0.1:{peer}",
            ],
            "kube-apiserver": [packed("kube-apiserver", folder), *_server_options(folder, client, secure)],
            "kube-controller-manager": [
                *(packed("kube-controller-manager", folder), *own, *keys, *limits),
                f"--secure-port={free_port()}",
                "--concurrent-job-syncs=20",
            ],
            "kube-scheduler": [packed("kube-scheduler", folder), *own, *limits, f"--secure-port={free_port()}"],
            "kwok": [
                str(made / "kwok"),
                *own,
                f"--config={folder}/stages.yaml",
                "--manage-all-nodes",
                "--node-lease-duration-seconds=40",
            ],
        }
        pids = {}
        for name, command in commands.items():
            process = subprocess.Popen(command, stdout=log, stderr=log)
            stack.callback(process.wait)
            stack.callback(process.kill)  # nothing of theirs is kept: no need to wait for an orderly end
            pids[name] = process.pid
            if name == "kube-apiserver":
                until(lambda: _ready(config))
        with Cluster(config) as cluster:
            for name, room in nodes.items():
                cluster.apply(_node(name, room))
        yield ControlPlane(config, secure, folder / "ca.crt", pids)


def _issue_certificates(folder: Path) -> None:
    ca = issue("ca", [], None)
    pairs = {
        "ca": ca,
        "server": issue("kube-apiserver", [], ca),
        "admin": issue("admin", ["system:masters"], ca),
        "sa": issue("sa", [], ca),
    }
    for name, (certificate, key) in pairs.items():
        (folder / f"{name}.crt").write_bytes(pem(certificate))
        (folder / f"{name}.key").write_bytes(pem(key))


def _server_options(folder: Path, etcd: int, secure: int) -> list[str]:
    return [
        f"--etcd-servers=http://127.0.0.1:{etcd}",
        f"--secure-port={secure}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=RBAC",
        "--endpoint-reconciler-type=none",
        f"--client-ca-file={folder}/ca.crt",
        f"--tls-cert-file={folder}/server.crt",
        f"--tls-private-key-file={folder}/server.key",
        "--service-account-issuer=https://localhost",
        f"--service-account-key-file={folder}/sa.key",
        f"--service-account-signing-key-file={folder}/sa.key",
    ]


def _kubeconfig(folder: Path, port: int) -> Path:
    def data(name: str) -> str:
        return base64.b64encode((folder / name).read_bytes()).decode()

    server = {"server": f"https://127.0.0.1:{port}", "certificate-authority-data": data("ca.crt")}
    user = {"client-certificate-data": data("admin.crt"), "client-key-data": data("admin.key")}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "bench", "cluster": server}],
        "users": [{"name": "admin", "user": user}],
        "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "admin"}}],
        "current-context": "bench",
    }
    path = folder / "admin.conf"
    path.write_text(yaml.safe_dump(config))
    return path


def _ready(kubeconfig: Path) -> bool:
    try:
        with Cluster(kubeconfig) as cluster:
            cluster.text("/readyz")
    except SlipwayError:
        return False
    return True


def _stages(folder: Path, seconds: Mapping[str, float]) -> list[dict[str, Any]]:
    """kwok's own quick stages; pods end after the time of their class instead of at once."""
    read = (yaml.safe_load(path.read_text()) for path in sorted(folder.glob("*/*.yaml")))
    found = [one for one in read if one["kind"] == "Stage"]
    stages = [stage for stage in found if stage["metadata"]["name"] != "pod-complete"]
    complete = next(stage for stage in found if stage["metadata"]["name"] == "pod-complete")
    for cpu, length in seconds.items():
        is_class = {
            "key": ".spec.containers[0].resources.requests.cpu",
            "operator": "In",
            "values": [cpu, f"{cpu}000m"],
        }
        selector = {"matchExpressions": [*complete["spec"]["selector"]["matchExpressions"], is_class]}
        delay = {"durationMilliseconds": int(length * 1000)}
        spec = complete["spec"] | {"selector": selector, "delay": delay}
        stages.append(complete | {"metadata": {"name": f"pod-complete-{cpu}"}, "spec": spec})
    return stages


def _node(name: str, room: Mapping[str, str]) -> dict[str, Any]:
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
    status = {"allocatable": dict(room), "capacity": dict(room)}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "status": status}


@contextmanager
def deployed_with_jobs(plane: ControlPlane, folder: Path, operators: Path) -> Iterator[Deployed]:
    """The platform with its work on the control plane; `folder` gets the files of the scheduler's account."""
    _make_account(plane, folder)
    environment = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(plane.port)}
    command = ("-c", AS_A_POD, str(folder))
    with deployed(
        command, plane.pids, environment=environment, executor="kubernetes", operators=str(operators)
    ) as platform:
        yield platform


def _make_account(plane: ControlPlane, folder: Path) -> None:
    """Make the namespaces, and the scheduler's account with the rights that manifests/platform gives it."""
    text = (ROOT / "manifests/platform/10-workloads.yaml.j2").read_text().split("#}", 1)[1]
    found = list(yaml.safe_load_all(text.replace("{{ secrets.ca_certificate | tojson }}", '""')))
    names = ("slipway", "slipway-workloads")
    with Cluster(plane.kubeconfig) as cluster:
        for name in names:
            cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        metadata = {"name": "scheduler", "namespace": "slipway"}
        cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
        for obj in found:
            if "Role" in obj["kind"]:
                cluster.apply(obj)
        # Pods are only taken where their namespace has its default account, which a controller makes.
        until(lambda: cluster.find("/api/v1/namespaces/slipway-workloads/serviceaccounts/default") is not None)
        request = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": 7200},
        }
        made = cluster.create("/api/v1/namespaces/slipway/serviceaccounts/scheduler/token", request)
        until(lambda: all(n["status"].get("conditions") for n in cluster.items("v1", "Node")))
    (folder / "token").write_text(made["status"]["token"])
    shutil.copyfile(plane.ca, folder / "ca.crt")


if __name__ == "__main__":
    print(kwok())
