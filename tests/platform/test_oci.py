"""Archives of images, good ones of each form and bad ones: what is accepted is exactly what its digests say."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from mlplatform import oci
from mlplatform.oci import ImageArchive, InvalidArchive, opened

from tests.platform.images import describe, docker_archive, oci_layout, tar_of, write

FILES = {"app/run": b"#!/bin/true\n"}


def image_of(file: Path) -> ImageArchive:
    with opened(file) as archive:
        return archive.image()


@pytest.mark.parametrize("form", [oci_layout, docker_archive])
def test_an_archive_of_each_form_gives_manifest_and_parts(form: Any, tmp_path: Path) -> None:
    file = write(tmp_path / "image.tar", form(FILES))
    image = image_of(file)
    manifest = json.loads(image.manifest)
    named = {manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])}
    assert {f"sha256:{part.digest}" for part in image.parts} == named
    with opened(file) as archive:
        layer = next(p for p in image.parts if f"sha256:{p.digest}" == manifest["layers"][0]["digest"])
        content = b"".join(archive.read(layer))
    assert len(content) == layer.size
    assert (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content) == tar_of(FILES)


def test_the_older_form_gets_the_same_digest_each_time(tmp_path: Path) -> None:
    one, two = write(tmp_path / "1.tar", docker_archive(FILES)), write(tmp_path / "2.tar", docker_archive(FILES))
    assert image_of(one).digest == image_of(two).digest


def test_a_compressed_archive_is_the_same_image(tmp_path: Path) -> None:
    plain = write(tmp_path / "image.tar", oci_layout(FILES))
    packed = tmp_path / "image.tar.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert image_of(packed) == image_of(plain)


def test_an_index_may_lead_to_another_index(tmp_path: Path) -> None:
    members = oci_layout(FILES)
    inner = members["index.json"]
    nested = describe(inner, oci.OCI_INDEX)
    members[f"blobs/sha256/{nested['digest'].partition(':')[2]}"] = inner
    members["index.json"] = json.dumps({"manifests": [nested]}).encode()
    assert image_of(write(tmp_path / "image.tar", members)).media_type == oci.OCI_MANIFEST


def damaged(members: dict[str, bytes]) -> dict[str, bytes]:
    largest = max((name for name in members if name.startswith("blobs/")), key=lambda name: len(members[name]))
    return members | {largest: members[largest][:-1] + b"x"}


def without_a_blob(members: dict[str, bytes]) -> dict[str, bytes]:
    first = next(name for name in members if name.startswith("blobs/"))
    return {name: content for name, content in members.items() if name != first}


def index(**more: Any) -> dict[str, bytes]:
    return {"index.json": json.dumps(more).encode()}


@pytest.mark.parametrize(
    ("members", "says"),
    [
        (damaged(oci_layout(FILES)), "damaged"),
        (without_a_blob(oci_layout(FILES)), "lacks blobs/sha256/"),
        (oci_layout(FILES, {"architecture": "arm64"}), "for linux/arm64"),
        (oci_layout(FILES) | index(manifests=[]), "0 images"),
        (oci_layout(FILES) | index(manifests="x"), "0 images"),
        (oci_layout(FILES) | index(manifests=[{"digest": "sha256:../../etc/passwd"}]), "without a SHA-256 digest"),
        (oci_layout(FILES) | {"index.json": b"["}, "no JSON object"),
        (oci_layout(FILES) | {"index.json": b"[" * 100_000}, "no JSON object"),
        ({"readme": b"hello"}, "neither index.json nor manifest.json"),
        ({"manifest.json": b"[]"}, "must have one image"),
        ({"manifest.json": json.dumps([{"Config": "../../etc/passwd", "Layers": []}]).encode()}, "has no file"),
        ({f"{i}": b"" for i in range(oci.MEMBERS + 1)}, "more than 4096 members"),
    ],
)
def test_what_is_wrong_is_told(members: dict[str, bytes], says: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArchive, match=says):
        image_of(write(tmp_path / "image.tar", members))


def test_what_is_no_tar_is_told(tmp_path: Path) -> None:
    file = tmp_path / "image.tar"
    whole = write(file, oci_layout(FILES)).read_bytes()
    for content in (b"", b"hello", gzip.compress(whole)[:200], whole[: len(whole) // 3]):
        file.write_bytes(content)
        with pytest.raises(InvalidArchive):
            image_of(file)
