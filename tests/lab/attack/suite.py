"""The attack on a platform from inside of an operator, and the same attempts from a pod that nothing restricts."""

from __future__ import annotations

import csv
import io
import json
import ssl
from pathlib import Path
from typing import Any

import httpx

from installer.accept.access import Access
from installer.cluster import Cluster
from tests.platform.images import oci_layout, tar_of
from tests.platform.served import wait_for
from tests.waiting import until

HERE = Path(__file__).parent
SOURCE = (HERE / "attack.py").read_text()
METADATA = "169.254.169.254"
"""Where clouds tell a machine its credentials."""
API = "/api/v1"


class Suite:
    """One attack on one installed platform.

    Args:
        access: how the platform is reached.
        cluster: its cluster, as the administrator.
    """

    def __init__(self, access: Access, cluster: Cluster) -> None:
        self._cluster = cluster
        self.client = httpx.Client(
            base_url=access.url,
            verify=ssl.create_default_context(cafile=str(access.ca_file)),
            headers={"Authorization": f"Bearer {access.token_file.read_text().strip()}"},
            trust_env=False,
            timeout=60,
        )

    def register(self) -> None:
        """The attacker as a user's own operator: an image with nothing but the program."""
        text = (HERE / "operator.yaml").read_text()
        self.client.post(f"{API}/operators", json={"text": text}).raise_for_status()
        image = tar_of(oci_layout({"app/attack.py": SOURCE.encode()}))
        self.client.put(f"{API}/operators/attack/versions/1.0.0/image", content=image).raise_for_status()
        self.client.post(f"{API}/datasets/attacked?file=a.csv", content=b"a,b\n1,2\n").raise_for_status()

    def targets(self) -> dict[str, Any]:
        """What there is to attack: every node, the control plane, the database, others' pods and others' data."""
        nodes = [
            next(a["address"] for a in node["status"]["addresses"] if a["type"] == "InternalIP")
            for node in self._cluster.items("v1", "Node")
        ]
        ports = {"ssh": 22, "API server": 6443, "kubelet": 10250, "etcd": 2379}
        connect = {f"{what} of {node}": (node, port) for node in nodes for what, port in ports.items()}
        kubernetes = self._cluster.get("/api/v1/namespaces/default/services/kubernetes")["spec"]["clusterIP"]
        connect |= {"Kubernetes": (kubernetes, 443), "cloud metadata": (METADATA, 80)}
        connect["database by name"] = ("database.slipway.svc", 5432)
        for name, port in {"database": 5432, "metrics-server": 10250, "svc-": 8080}.items():
            connect[f"pod {name}"] = (self._pod(name), port)
        others = self.client.get(f"{API}/tasks").json()["items"]
        artifact = self.client.get(f"{API}/models").json()["items"][0]
        requests = [
            ("GET", f"{API}/tasks"),
            ("GET", f"{API}/tasks/{others[0]['id']}/logs"),
            ("GET", f"{API}/artifacts/{artifact['id']}"),
            ("GET", f"{API}/models/{artifact['name']}/{artifact['version']}/model.json"),
            ("POST", f"{API}/operators"),
            ("GET", f"{API}/worker/inputs/other/a.csv"),
            ("PUT", f"{API}/worker/outputs/other/a.csv"),
            ("GET", "/v2/operators/attack/manifests/sha256:" + "0" * 64),
        ]
        return {"api": "https://api.slipway.svc", "connect": connect, "requests": requests}

    def _pod(self, name: str) -> str:
        pods = [p for p in self._cluster.items("v1", "Pod") if p["metadata"]["name"].startswith(name)]
        return str(next(p["status"]["podIP"] for p in pods if p["status"]["phase"] == "Running"))

    def run(self, **params: Any) -> dict[str, Any]:
        """Run the attacker as a task, to its end."""
        body = {"operator": "attack", "inputs": {"data": {"dataset": "attacked"}}, "params": params}
        task = self.client.post(f"{API}/tasks", json=body).raise_for_status().json()
        return wait_for(self.client, f"{API}/tasks/{task['id']}", ("succeeded", "failed", "cancelled"), seconds=180)

    def outcomes(self, task: dict[str, Any]) -> dict[str, str]:
        """What a task wrote: each attempt and its outcome."""
        table = self.client.get(f"{API}/tasks/{task['id']}/outputs/table/attempts.csv").raise_for_status().text
        return {row["attempt"]: row["outcome"] for row in csv.DictReader(io.StringIO(table))}

    def from_a_free_pod(self, image: str, targets: dict[str, Any]) -> dict[str, str]:
        """The same attempts on the network from a pod in a namespace without a policy: they have to succeed there."""
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "free", "namespace": "default"},
            "spec": {
                "restartPolicy": "Never",
                "automountServiceAccountToken": False,
                "containers": [
                    {
                        "name": "free",
                        "image": image,
                        "imagePullPolicy": "Never",
                        "command": ["python3", "-c", SOURCE, json.dumps(targets)],
                    }
                ],
            },
        }
        path = "/api/v1/namespaces/default/pods/free"
        self._cluster.create("/api/v1/namespaces/default/pods", pod)
        try:
            until(lambda: self._cluster.get(path)["status"]["phase"] in ("Succeeded", "Failed"))
            return dict(json.loads(self._cluster.text(f"{path}/log")))
        finally:
            self._cluster.delete(path)
            until(lambda: self._cluster.find(path) is None)
