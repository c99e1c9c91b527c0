"""Operators of users: registered with an image of their own, fetched by the node that runs them and by nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from mlplatform import oci
from mlplatform.api.app import make_app
from mlplatform.core.platform import Platform
from mlplatform.storage.tables import Task
from mlplatform.tokens import Caller, Worker
from sqlalchemy import update

from tests.platform.conftest import ClientOf
from tests.platform.images import digest_of, oci_layout, tar_of

REGISTRY = "registry.example.internal"
DESCRIPTION = """\
apiVersion: slipway/v1
kind: Operator
metadata: {{name: {name}, version: {version}, title: {{en: Mine, zh: 我的}}}}
spec:
  image: {image}
  command: [/app/run]
  outputs: {{table: {{type: table, title: {{en: Table, zh: 表}}}}}}
  modes: [train]
"""
IMAGE = oci_layout({"app/run": b"x" * 100_000})


def description(name: str = "mine", version: str = "1.0.0", image: str = "mine") -> dict[str, str]:
    return {"text": DESCRIPTION.format(name=name, version=version, image=image)}


@pytest.fixture
def on_cluster(platform: Platform) -> Platform:
    """The platform as it is on a cluster, whose nodes pull."""
    return replace(platform, settings=platform.settings.model_copy(update={"registry": REGISTRY}))


ClientFor = Callable[[str], httpx.AsyncClient]


@pytest.fixture
async def client_for(on_cluster: Platform) -> AsyncIterator[ClientFor]:
    clients: list[httpx.AsyncClient] = []
    transport = httpx.ASGITransport(make_app(on_cluster), raise_app_exceptions=False)

    def make(subject: str) -> httpx.AsyncClient:
        headers = {}
        if subject:
            token = on_cluster.keyring.issue_caller(Caller(subject, "admin" if subject == "root" else "user"), 60)
            headers = {"Authorization": f"Bearer {token}"}
        clients.append(httpx.AsyncClient(transport=transport, base_url="https://test", headers=headers))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


async def register(client: httpx.AsyncClient, name: str = "mine", version: str = "1.0.0") -> Any:
    answer = await client.post("/api/v1/operators", json=description(name, version))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def upload(client: httpx.AsyncClient, content: bytes, name: str = "mine") -> httpx.Response:
    return await client.put(f"/api/v1/operators/{name}/versions/1.0.0/image", content=content)


async def test_an_operator_with_its_image_can_be_used(client_for: ClientFor) -> None:
    ann = client_for("ann")
    registered = await register(ann)
    assert (registered["ready"], registered["image"], registered["owner"]) == (False, None, "ann")
    early = await ann.post("/api/v1/tasks", json={"operator": "mine"})
    assert (early.status_code, early.json()["type"]) == (409, "urn:slipway:problem:no_image")

    stored = (await upload(ann, tar_of(IMAGE))).raise_for_status().json()
    assert stored["ready"] and stored["image"]["size"] < len(tar_of(IMAGE))
    task = (await ann.post("/api/v1/tasks", json={"operator": "mine"})).raise_for_status().json()
    assert (task["operator"], task["operator_version"]) == ("mine", "1.0.0")
    assert "mine" in [o["metadata"]["name"] for o in (await ann.get("/api/v1/operators")).json()["items"]]
    (version,) = (await ann.get("/api/v1/operators/mine/versions")).json()["items"]
    assert version == stored


async def test_the_same_again_is_no_error_and_another_thing_under_the_same_version_is(client_for: ClientFor) -> None:
    ann = client_for("ann")
    first = await register(ann)
    assert await register(ann) == first
    changed = {"text": description()["text"].replace("/app/run", "/app/other")}
    assert (await ann.post("/api/v1/operators", json=changed)).json()["type"].endswith("version_taken")
    assert (await upload(ann, tar_of(IMAGE))).status_code == 200
    assert (await upload(ann, tar_of(IMAGE))).status_code == 200
    other = await upload(ann, tar_of(oci_layout({"app/run": b"y"})))
    assert (other.status_code, other.json()["type"]) == (409, "urn:slipway:problem:image_taken")


async def test_names_of_the_system_and_of_others_are_taken(client_for: ClientFor) -> None:
    ann, bob, root = client_for("ann"), client_for("bob"), client_for("root")
    for name in ("split", "mine"):
        if name == "mine":
            await register(ann)
        assert (await bob.post("/api/v1/operators", json=description(name))).json()["type"].endswith("name_taken")
    assert (await bob.get("/api/v1/operators/mine")).status_code == 404
    assert (await bob.get("/api/v1/operators/mine/versions")).status_code == 404
    assert (await upload(bob, tar_of(IMAGE))).status_code == 404
    assert (await bob.post("/api/v1/tasks", json={"operator": "mine"})).status_code == 404
    assert (await bob.delete("/api/v1/operators/mine/versions/1.0.0")).status_code == 404
    assert (await root.get("/api/v1/operators/mine")).status_code == 200


async def test_mistakes_are_told_with_their_place(client_for: ClientFor) -> None:
    ann = client_for("ann")
    wrong = await ann.post("/api/v1/operators", json={"text": description()["text"].replace("command", "comand")})
    assert wrong.status_code == 422
    assert {e["line"] for e in wrong.json()["errors"]} >= {6}
    two = description()["text"] + "---\n" + description("other")["text"]
    assert (await ann.post("/api/v1/operators", json={"text": two})).status_code == 422
    await register(ann)
    bad = await upload(ann, b"no tar at all")
    assert bad.status_code == 422 and "tar" in bad.json()["title"]


async def test_one_that_runs_in_the_platform_s_image_takes_none(client_for: ClientFor, on_cluster: Platform) -> None:
    on_cluster.images["serving"] = "slipway.local/serving:1"
    ann = client_for("ann")
    answer = await ann.post("/api/v1/operators", json=description(image="serving"))
    assert answer.json()["ready"]
    assert (await upload(ann, tar_of(IMAGE))).status_code == 409
    assert (await ann.post("/api/v1/tasks", json={"operator": "mine"})).status_code == 201


async def test_the_newest_version_is_used_and_a_used_one_is_kept(client_for: ClientFor) -> None:
    ann = client_for("ann")
    await register(ann)
    await upload(ann, tar_of(IMAGE))
    await ann.post("/api/v1/tasks", json={"operator": "mine"})
    assert (await ann.delete("/api/v1/operators/mine/versions/1.0.0")).json()["type"].endswith("in_use")
    await register(ann, version="1.1.0")
    assert (await ann.get("/api/v1/operators/mine")).json()["metadata"]["version"] == "1.1.0"
    assert (await ann.delete("/api/v1/operators/mine/versions/1.1.0")).status_code == 204
    assert (await ann.get("/api/v1/operators/mine")).json()["metadata"]["version"] == "1.0.0"


async def test_where_nothing_runs_containers_it_is_refused_with_the_reason(client_of: ClientOf) -> None:
    ann = client_of("ann")
    await register(ann)
    await upload(ann, tar_of(IMAGE))
    refused = await ann.post("/api/v1/tasks", json={"operator": "mine"})
    assert refused.status_code == 422 and "cluster" in refused.json()["title"]


async def started(platform: Platform, ann: httpx.AsyncClient, name: str = "mine") -> str:
    """A task that is being started, and its worker token."""
    id_ = (await ann.post("/api/v1/tasks", json={"operator": name})).raise_for_status().json()["id"]
    async with platform.database.transaction() as session:
        await session.execute(update(Task).where(Task.id == id_).values(state="starting"))
    return platform.keyring.issue_worker(Worker("task", id_))


async def test_a_node_pulls_the_image_of_what_it_starts_and_no_other(
    client_for: ClientFor, on_cluster: Platform
) -> None:
    ann, node = client_for("ann"), client_for("")
    for name in ("mine", "theirs"):
        await register(ann, name)
    await upload(ann, tar_of(IMAGE))
    await upload(ann, tar_of(oci_layout({"app/run": b"other"})), "theirs")
    token = await started(on_cluster, ann)
    auth = ("task", token)

    refused = await node.get("/v2/")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Basic realm="images"')
    assert (await node.get("/v2/", auth=auth)).status_code == 200
    digest = (await ann.get("/api/v1/operators/mine/versions")).json()["items"][0]["image"]["digest"]
    manifest = await node.get(f"/v2/operators/mine/manifests/{digest}", auth=auth)
    assert manifest.headers["content-type"] == oci.OCI_MANIFEST
    assert f"sha256:{digest_of(manifest.content)}" == digest == manifest.headers["docker-content-digest"]
    for part in (manifest.json()["config"], *manifest.json()["layers"]):
        path = f"/v2/operators/mine/blobs/{part['digest']}"
        blob = await node.get(path, auth=auth)
        assert f"sha256:{digest_of(blob.content)}" == part["digest"]
        assert (await node.head(path, auth=auth)).headers["content-length"] == str(part["size"])

    theirs = (await ann.get("/api/v1/operators/theirs/versions")).json()["items"][0]["image"]["digest"]
    assert (await node.get(f"/v2/operators/theirs/manifests/{theirs}", auth=auth)).status_code == 404
    assert (await node.get(f"/v2/operators/mine/manifests/{theirs}", auth=auth)).status_code == 404
    data = (await ann.post("/api/v1/datasets/d?file=a.csv", content=b"a,b\n1,2\n")).json()["files"][0]["digest"]
    assert (await node.get(f"/v2/operators/mine/blobs/{data}", auth=auth)).status_code == 404, "data is no layer"
    caller = on_cluster.keyring.issue_caller(Caller("ann", "user"), 60)
    assert (await node.get("/v2/", auth=("task", caller))).status_code == 401


async def test_a_node_pulls_nothing_for_what_has_ended(client_for: ClientFor, on_cluster: Platform) -> None:
    ann, node = client_for("ann"), client_for("")
    await register(ann)
    await upload(ann, tar_of(IMAGE))
    auth = ("task", await started(on_cluster, ann))
    digest = (await ann.get("/api/v1/operators/mine/versions")).json()["items"][0]["image"]["digest"]
    async with on_cluster.database.transaction() as session:
        await session.execute(update(Task).values(state="cancelled"))
    assert (await node.get(f"/v2/operators/mine/manifests/{digest}", auth=auth)).status_code == 410


async def test_the_archive_leaves_nothing_behind(client_for: ClientFor, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spool"))
    (tmp_path / "spool").mkdir()
    ann = client_for("ann")
    await register(ann)
    assert (await upload(ann, tar_of(IMAGE))).status_code == 200
    assert list((tmp_path / "spool").iterdir()) == []
