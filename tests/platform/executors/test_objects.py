"""The Kubernetes objects: what the namespace's policies and the security standard ask of them, and what makes a gang one."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from mlplatform.executors import objects
from mlplatform.executors.base import Launch, Work
from mlplatform.models.operator import Gpu, Resources
from mlplatform.models.workload import WorkloadSpec

CLUSTER = objects.Cluster("slipway-workloads", "https://api.slipway.svc")


def launch(kind: Any = "task", replicas: int = 1, **resources: Any) -> Launch:
    spec = WorkloadSpec(
        image="slipway.local/trainer:1",
        command=["python3", "${OPERATORS}/train-torch/train.py"],
        params={},
        inputs={},
        outputs={},
        resources=Resources(replicas=replicas, **resources),
    )
    return Launch(Work(kind, "0pgfr2c8vvt3cic0"), spec, ("n1",) * replicas, "the-token")


def kinds(made: list[objects.Object]) -> dict[str, objects.Object]:
    return {obj["kind"]: obj for obj in made}


def pod_of(made: list[objects.Object]) -> Any:
    return made[-1]["spec"]["template"]["spec"]


@pytest.mark.parametrize("kind", ["task", "service"])
@pytest.mark.parametrize("replicas", [1, 2])
def test_pods_meet_the_restricted_standard_and_hold_no_secret(kind: str, replicas: int) -> None:
    made = objects.objects(launch(kind, replicas), CLUSTER)
    pod = pod_of(made)
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = pod["containers"]
    secure = container["securityContext"]
    assert secure["readOnlyRootFilesystem"] and not secure["allowPrivilegeEscalation"]
    assert secure["capabilities"] == {"drop": ["ALL"]}
    assert {"memory", "ephemeral-storage"} <= container["resources"]["limits"].keys()
    assert "the-token" not in json.dumps(made)


def test_a_gang_is_an_indexed_job_whose_pods_find_and_reach_only_each_other() -> None:
    made = kinds(objects.objects(launch(replicas=3), CLUSTER))
    job = made["Job"]["spec"]
    assert (job["completionMode"], job["completions"], job["parallelism"], job["backoffLimit"]) == ("Indexed", 3, 3, 0)
    pod = job["template"]["spec"]
    name = made["Service"]["metadata"]["name"]
    env = {e["name"]: e["value"] for e in pod["containers"][0]["env"]}
    assert pod["subdomain"] == name and env["MLP_MASTER_ADDR"] == f"{made['Job']['metadata']['name']}-0.{name}"
    assert made["Service"]["spec"]["clusterIP"] == "None" and made["Service"]["spec"]["publishNotReadyAddresses"]
    (peer,) = made["NetworkPolicy"]["spec"]["ingress"][0]["from"]
    labels = job["template"]["metadata"]["labels"]
    assert peer["podSelector"]["matchLabels"].items() <= labels.items()
    assert made["Service"]["spec"]["selector"].items() <= labels.items()


def test_a_single_task_needs_neither_name_nor_policy() -> None:
    assert [o["kind"] for o in objects.objects(launch(), CLUSTER)] == ["Job"]


def test_a_service_has_a_stable_address_and_is_asked_whether_it_is_ready() -> None:
    made = kinds(objects.objects(launch("service"), CLUSTER))
    port = made["Service"]["spec"]["ports"][0]["port"]
    container = made["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert container["readinessProbe"]["httpGet"] == {"path": "/v2/health/ready", "port": port}
    name = made["Service"]["metadata"]["name"]
    assert objects.endpoint(launch("service").work, CLUSTER) == f"http://{name}.slipway-workloads.svc:{port}"


def test_it_runs_where_it_was_counted_with_what_it_asked_for() -> None:
    pod = pod_of(objects.objects(launch(cpu=0.25, memory="1Gi", gpu=Gpu(count=2)), CLUSTER))
    terms = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert terms[0]["matchExpressions"][0]["values"] == ["n1"]
    wants = pod["containers"][0]["resources"]
    assert wants["requests"]["cpu"] == "250m" and wants["requests"]["memory"] == wants["limits"]["memory"] == "1Gi"
    assert wants["limits"]["nvidia.com/gpu"] == "2"


def test_names_are_dns_labels() -> None:
    for obj in [*objects.objects(launch(replicas=2), CLUSTER), objects.secret(launch(), CLUSTER)]:
        assert len(obj["metadata"]["name"]) <= 63 - len("-1023")
        assert obj["metadata"]["name"].replace("-", "").isalnum()


def test_the_scheduler_may_do_what_the_executor_does_and_nothing_with_secrets_but_write() -> None:
    from mlplatform.executors.kubernetes import PATHS

    manifest = Path(__file__).parents[3] / "manifests/platform/10-workloads.yaml.j2"
    text = manifest.read_text().replace("{{ secrets.ca_certificate | tojson }}", '"x"').split("#}", 1)[1]
    role = next(d for d in yaml.safe_load_all(text) if d["kind"] == "Role")
    allowed = {resource: set(rule["verbs"]) for rule in role["rules"] for resource in rule["resources"]}
    for path in PATHS.values():
        assert {"create", "delete"} <= allowed[path.rsplit("/", 1)[1]]
    assert allowed["secrets"] == {"create", "patch", "delete"}
    assert "list" in allowed["pods"] and "list" in allowed["jobs"] and "list" in allowed["deployments"]


PULLING = objects.Cluster(
    "slipway-workloads", "https://api.slipway.svc", "registry.internal", "slipway.local/serving:1"
)


def of_a_user(kind: Any = "task") -> Launch:
    made = launch(kind)
    return replace(made, spec=made.spec.model_copy(update={"image": "registry.internal/operators/mine@sha256:0"}))


@pytest.mark.parametrize("kind", ["task", "service"])
def test_a_user_s_image_is_fetched_with_the_work_s_own_token_and_gets_the_runner(kind: str) -> None:
    secret = objects.secret(of_a_user(kind), PULLING)
    login = json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))["auths"]["registry.internal"]["auth"]
    assert base64.b64decode(login).decode().endswith(":the-token")
    pod = pod_of(objects.objects(of_a_user(kind), PULLING))
    assert pod["imagePullSecrets"] == [{"name": secret["metadata"]["name"]}]
    (first,), (work,) = pod["initContainers"], pod["containers"]
    assert first["image"] == PULLING.runtime and first["securityContext"] == work["securityContext"]
    (mount,) = [m for m in work["volumeMounts"] if m["name"] == "runtime"]
    assert mount["readOnly"] and work["command"][0].startswith(mount["mountPath"])
    (token,) = [v["secret"] for v in pod["volumes"] if v["name"] == "token"]
    assert [i["key"] for i in token["items"]] == ["token"], "the login is the node's alone"


def test_the_platform_s_images_are_on_the_nodes() -> None:
    pod = pod_of(objects.objects(launch(), PULLING))
    assert "imagePullSecrets" not in pod and "initContainers" not in pod
    assert objects.secret(launch(), PULLING)["type"] == "Opaque"
