"""The Kubernetes objects of a task or service: pure functions of what is launched."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from mlplatform.executors.base import Launch, Work
from mlplatform.models.operator import Resources

Object = dict[str, Any]
MANAGED_BY = "mlplatform"
OPERATORS = "/opt/slipway/operators"
"""Where the platform's images have the runner and the system operators."""
RUNTIME = "/opt/slipway-runtime"
"""Where a user's image finds the runner with a Python of its own (operators/provide.py)."""
PORT = 8080
"""A service's; each pod has its own address, so one port does for all. The namespace's policy lets the API in there."""
MASTER_PORT = 29500
"""The usual one of torch's rendezvous."""
SCRATCH = "20Gi"
"""The most that a replica may write: inputs, outputs, logs, temporary files."""
GRACE = 60
"""Seconds: the runner gives its command 20, and then sends what is left of its log."""
GPU = "nvidia.com/gpu"
USER = 65532
TOKEN = {"key": "token", "path": "token"}
_LIBRARIES = f"{RUNTIME}/lib"
RUNNER_OF_RUNTIME = [
    f"{_LIBRARIES}/ld.so",
    "--library-path",
    _LIBRARIES,
    f"{RUNTIME}/bin/python3",
    "-E",
    f"{RUNTIME}/runner.py",
]
"""Started by its own dynamic loader, with its own libraries: a user's image need not have any."""
CLOSED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
"""What every container of a workload is denied."""


@dataclass(frozen=True)
class Cluster:
    """What the objects need to know of where they go."""

    namespace: str
    api_url: str
    registry: str | None = None
    """Under which nodes pull users' images from the API."""
    runtime: str = ""
    """The image that users' images get the runner from: any of the platform's that has it."""

    def pulls(self, launch: Launch) -> bool:
        """Whether it runs in a user's image."""
        return self.registry is not None and launch.spec.image.startswith(f"{self.registry}/")


def name_of(work: Work) -> str:
    """The name of all objects of a workload."""
    return f"{'task' if work.kind == 'task' else 'svc'}-{work.id}"


def endpoint(work: Work, cluster: Cluster) -> str:
    """Where the API reaches a service."""
    return f"http://{name_of(work)}.{cluster.namespace}.svc:{PORT}"


def secret(launch: Launch, cluster: Cluster) -> Object:
    """The worker token: a file in the pod, so that neither the pod's description nor its environment shows it.

    Where the image is a user's, the node fetches it with the same token.
    """
    made = _object("v1", "Secret", launch.work, cluster)
    data = {"token": _base64(launch.token)}
    if not cluster.pulls(launch):
        return made | {"type": "Opaque", "data": data}
    login = {"auths": {cluster.registry: {"auth": _base64(f"{name_of(launch.work)}:{launch.token}")}}}
    return made | {
        "type": "kubernetes.io/dockerconfigjson",
        "data": data | {".dockerconfigjson": _base64(json.dumps(login))},
    }


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def objects(launch: Launch, cluster: Cluster) -> list[Object]:
    """Everything but the secret, in the order of creating; what runs comes last."""
    if launch.work.kind == "service":
        return [_service(launch.work, cluster, headless=False), _deployment(launch, cluster)]
    if launch.spec.resources.replicas == 1:
        return [_job(launch, cluster)]
    return [_service(launch.work, cluster, headless=True), _gang_policy(launch.work, cluster), _job(launch, cluster)]


def _job(launch: Launch, cluster: Cluster) -> Object:
    replicas = launch.spec.resources.replicas
    pod = _pod(launch, cluster) | {"restartPolicy": "Never"}
    if replicas > 1:
        pod["subdomain"] = name_of(launch.work)
    return _object("batch/v1", "Job", launch.work, cluster) | {
        "spec": {
            "completionMode": "Indexed",  # gives each pod its rank and a name of its own
            "completions": replicas,
            "parallelism": replicas,
            "backoffLimit": 0,  # one dead replica ends the gang: the others would wait for it for ever
            "template": {"metadata": {"labels": labels(launch.work)}, "spec": pod},
        }
    }


def _deployment(launch: Launch, cluster: Cluster) -> Object:
    pod = _pod(launch, cluster)
    health = {"httpGet": {"path": "/v2/health/ready", "port": PORT}, "timeoutSeconds": 3}
    pod["containers"][0] |= {
        "ports": [{"containerPort": PORT}],
        "startupProbe": health | {"periodSeconds": 1, "failureThreshold": 300},
        "readinessProbe": health | {"periodSeconds": 5},
        "livenessProbe": health | {"periodSeconds": 10, "failureThreshold": 6},
    }
    return _object("apps/v1", "Deployment", launch.work, cluster) | {
        "spec": {
            "replicas": launch.spec.resources.replicas,
            "selector": {"matchLabels": {"slipway.io/work": launch.work.id}},
            "template": {"metadata": {"labels": labels(launch.work)}, "spec": pod},
        }
    }


def _pod(launch: Launch, cluster: Cluster) -> Object:
    name = name_of(launch.work)
    environment = {
        "MLP_API": cluster.api_url,
        "MLP_TOKEN_FILE": "/run/slipway/token",
        "MLP_CA_FILE": "/run/slipway-ca/ca.crt",
        "MLP_TASK": "/task",
        "MLP_PORT": str(PORT),
        "MLP_MASTER_ADDR": f"{name}-0.{name}" if launch.spec.resources.replicas > 1 else "127.0.0.1",
        "MLP_MASTER_PORT": str(MASTER_PORT),
        "HOME": "/task",
    }
    if launch.work.kind == "service":
        environment["MLP_RANK"] = "0"  # every replica of a service is like the others
    container = {
        "name": "work",
        "image": launch.spec.image,
        "imagePullPolicy": "IfNotPresent",  # the images are on every node; there may be no registry at all
        "command": RUNNER_OF_RUNTIME if cluster.pulls(launch) else ["python3", f"{OPERATORS}/runner.py"],
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "resources": _resources(launch.spec.resources),
        "terminationMessagePolicy": "FallbackToLogsOnError",  # the runner's own complaints show as the reason
        "securityContext": CLOSED,
        "volumeMounts": [
            {"name": "task", "mountPath": "/task"},
            {"name": "tmp", "mountPath": "/tmp"},
            {"name": "token", "mountPath": "/run/slipway", "readOnly": True},
            {"name": "ca", "mountPath": "/run/slipway-ca", "readOnly": True},
        ],
    }
    nodes = sorted(set(launch.placement))
    pod: Object = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": _on(nodes)}},
        "containers": [container],
        "volumes": [
            {"name": "task", "emptyDir": {"sizeLimit": SCRATCH}},
            {"name": "tmp", "emptyDir": {"sizeLimit": SCRATCH}},
            {"name": "token", "secret": {"secretName": name, "defaultMode": 0o440, "items": [TOKEN]}},
            {"name": "ca", "configMap": {"name": "site-ca"}},
        ],
    }
    if cluster.pulls(launch):
        _add_runtime(pod, launch, cluster)
    return pod


def _add_runtime(pod: Object, launch: Launch, cluster: Cluster) -> None:
    """What a user's image needs of the platform: the credentials to fetch it, and the runner, which the image does not have.

    An image volume would do without the copy, but the kubelet mounts those without the right to execute (KEP-4639).
    """
    pod["imagePullSecrets"] = [{"name": name_of(launch.work)}]
    pod["volumes"].append({"name": "runtime", "emptyDir": {"sizeLimit": "512Mi"}})
    mount = {"name": "runtime", "mountPath": RUNTIME}
    pod["containers"][0]["volumeMounts"].append(mount | {"readOnly": True})
    pod["initContainers"] = [
        {
            "name": "runtime",
            "image": cluster.runtime,
            "imagePullPolicy": "IfNotPresent",
            "command": ["python3", f"{OPERATORS}/provide.py", RUNTIME],
            "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
            "terminationMessagePolicy": "FallbackToLogsOnError",
            "securityContext": CLOSED,
            "volumeMounts": [mount],
        }
    ]


def _on(nodes: list[str]) -> Object:
    """Only the nodes that the decision counted on: the cluster's scheduler then finds the room that was found here."""
    match = {"key": "kubernetes.io/hostname", "operator": "In", "values": nodes}
    return {"nodeSelectorTerms": [{"matchExpressions": [match]}]}


def _resources(wants: Resources) -> Object:
    """Memory and disk are limited; processor time is shared by weight, since a limit would idle cores that nobody wants."""
    requests: dict[str, str] = {"cpu": f"{round(wants.cpu * 1000)}m", "memory": wants.memory}
    limits: dict[str, str] = {"memory": wants.memory, "ephemeral-storage": SCRATCH}
    requests["ephemeral-storage"] = "64Mi"
    if wants.gpu.count:
        limits[GPU] = str(wants.gpu.count)
    return {"requests": requests, "limits": limits}


def _service(work: Work, cluster: Cluster, headless: bool) -> Object:
    selector = {"slipway.io/work": work.id}
    if headless:  # names of the gang's pods, from before they are ready: that is when they look for each other
        spec: Object = {"clusterIP": "None", "publishNotReadyAddresses": True, "selector": selector}
    else:
        spec = {"selector": selector, "ports": [{"name": "http", "port": PORT}]}
    return _object("v1", "Service", work, cluster) | {"spec": spec}


def _gang_policy(work: Work, cluster: Cluster) -> Object:
    """The replicas of a gang, and nobody else, reach each other."""
    own = {"podSelector": {"matchLabels": {"slipway.io/work": work.id}}}
    return _object("networking.k8s.io/v1", "NetworkPolicy", work, cluster) | {
        "spec": {**own, "policyTypes": ["Ingress", "Egress"], "ingress": [{"from": [own]}], "egress": [{"to": [own]}]}
    }


def labels(work: Work) -> dict[str, str]:
    return {"app.kubernetes.io/managed-by": MANAGED_BY, "slipway.io/kind": work.kind, "slipway.io/work": work.id}


def _object(version: str, kind: str, work: Work, cluster: Cluster) -> Object:
    metadata = {"name": name_of(work), "namespace": cluster.namespace, "labels": labels(work)}
    return {"apiVersion": version, "kind": kind, "metadata": metadata}
