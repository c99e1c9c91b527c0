"""Apply and take back, against a real API server."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from installer.cluster import ApiError, Cluster, apply_folder, restore
from installer.common.errors import SlipwayError

pytestmark = pytest.mark.lab


def config_map(name: str, **data: str) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default"},
        "data": data,
    }


def quiet(_text: object) -> None: ...


def test_new_objects_are_created_and_taken_back(cluster: Cluster, tmp_path: Path) -> None:
    objects = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "one"}},
        config_map("new", a="1"),
    ]
    file = tmp_path / "objects.json"
    apply_folder(cluster, objects, file, quiet)
    assert cluster.get("/api/v1/namespaces/default/configmaps/new")["data"] == {"a": "1"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    cluster.delete("/api/v1/namespaces/one")  # no namespace controller here: a namespace only begins to end
    errors = restore(cluster, file, quiet, seconds=1)
    assert cluster.find("/api/v1/namespaces/default/configmaps/new") is None
    assert [e.report.where for e in errors] == ["Namespace one"], "what stays is told"


def test_a_changed_object_gets_its_previous_version_back(cluster: Cluster, tmp_path: Path) -> None:
    cluster.create("/api/v1/namespaces/default/configmaps", config_map("theirs", kept="yes", changed="old"))
    file = tmp_path / "objects.json"
    apply_folder(cluster, [config_map("theirs", changed="new", added="x")], file, quiet)
    assert cluster.get("/api/v1/namespaces/default/configmaps/theirs")["data"] == {
        "kept": "yes",
        "changed": "new",
        "added": "x",
    }
    assert restore(cluster, file, quiet) == []
    assert cluster.get("/api/v1/namespaces/default/configmaps/theirs")["data"] == {"kept": "yes", "changed": "old"}


def test_an_object_deleted_meanwhile_is_created_again(cluster: Cluster, tmp_path: Path) -> None:
    cluster.create("/api/v1/namespaces/default/configmaps", config_map("lost", a="1"))
    file = tmp_path / "objects.json"
    apply_folder(cluster, [config_map("lost", a="2")], file, quiet)
    cluster.delete("/api/v1/namespaces/default/configmaps/lost")
    assert restore(cluster, file, quiet) == []
    assert cluster.get("/api/v1/namespaces/default/configmaps/lost")["data"] == {"a": "1"}


def test_a_second_try_keeps_the_first_receipt(cluster: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "objects.json"
    apply_folder(cluster, [config_map("twice", a="1")], file, quiet)
    apply_folder(cluster, [config_map("twice", a="2"), config_map("later", a="1")], file, quiet)
    recorded = json.loads(file.read_text())["objects"]
    assert [(r["object"]["metadata"]["name"], r["previous"]) for r in recorded] == [("twice", None), ("later", None)]
    assert restore(cluster, file, quiet) == []
    assert cluster.find("/api/v1/namespaces/default/configmaps/twice") is None


def test_the_receipt_is_written_before_anything_is_applied(cluster: Cluster, tmp_path: Path) -> None:
    wrong = {**config_map("refused"), "data": {"not/allowed": "x"}}
    file = tmp_path / "objects.json"
    with pytest.raises(ApiError) as caught:
        apply_folder(cluster, [config_map("before", a="1"), wrong], file, quiet)
    assert "refused" in caught.value.report.where
    assert caught.value.report.why and "not/allowed" in caught.value.report.why.en
    assert len(json.loads(file.read_text())["objects"]) == 2
    assert restore(cluster, file, quiet) == []
    assert cluster.find("/api/v1/namespaces/default/configmaps/before") is None


def test_a_definition_and_an_object_of_its_kind_in_one_folder(cluster: Cluster, tmp_path: Path) -> None:
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "boats.example.org"},
        "spec": {
            "group": "example.org",
            "scope": "Namespaced",
            "names": {"kind": "Boat", "plural": "boats"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                    },
                }
            ],
        },
    }
    boat = {"apiVersion": "example.org/v1", "kind": "Boat", "metadata": {"name": "ark", "namespace": "default"}}
    file = tmp_path / "objects.json"
    apply_folder(cluster, [definition, boat], file, quiet)
    assert cluster.items("example.org/v1", "Boat", "default")[0]["metadata"]["name"] == "ark"
    assert restore(cluster, file, quiet) == []
    assert cluster.find("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/boats.example.org") is None


def test_what_does_not_become_ready_is_named_with_its_reason(cluster: Cluster, tmp_path: Path) -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "stuck", "namespace": "default"},
        "spec": {
            "selector": {"matchLabels": {"app": "stuck"}},
            "template": {
                "metadata": {"labels": {"app": "stuck"}},
                "spec": {"containers": [{"name": "main", "image": "none"}]},
            },
        },
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "stuck-1", "namespace": "default", "labels": {"app": "stuck"}},
        "spec": {"automountServiceAccountToken": False, "containers": [{"name": "main", "image": "none"}]},
    }
    cluster.create("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
    cluster.create("/api/v1/namespaces/default/pods", pod)
    waiting = {"waiting": {"reason": "ErrImageNeverPull", "message": "image none is not present"}}
    status = {"phase": "Pending", "containerStatuses": [_container("main", waiting)]}
    now = cluster.get("/api/v1/namespaces/default/pods/stuck-1")
    cluster.put("/api/v1/namespaces/default/pods/stuck-1/status", {**now, "status": status})
    with pytest.raises(SlipwayError) as caught:
        apply_folder(cluster, [deployment], tmp_path / "objects.json", quiet, seconds=1)
    report = caught.value.report
    assert report.where == "Deployment default/stuck"
    assert report.why and "ErrImageNeverPull image none is not present" in report.why.en


def _container(name: str, state: dict) -> dict:
    return {"name": name, "ready": False, "restartCount": 0, "image": "none", "imageID": "", "state": state}


def test_an_api_server_that_is_gone_is_told_once(kubeconfig: Path, tmp_path: Path) -> None:
    broken = tmp_path / "admin.conf"
    with Cluster(kubeconfig) as good:
        apply_folder(good, [config_map("x1"), config_map("x2")], tmp_path / "objects.json", quiet)
        broken.write_text(kubeconfig.read_text().replace(good.server, "https://127.0.0.1:1"))
        with Cluster(broken) as gone:
            errors = restore(gone, tmp_path / "objects.json", quiet)
        assert len(errors) == 1 and errors[0].report.where == "https://127.0.0.1:1"
        assert restore(good, tmp_path / "objects.json", quiet) == []
