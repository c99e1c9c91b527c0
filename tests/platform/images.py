"""Image archives of each form that tools write, made by hand: small, and wrong where a test wants it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

from mlplatform import oci

CONFIG = {**oci.PLATFORM, "rootfs": {"type": "layers", "diff_ids": []}, "config": {}}


def tar_of(members: dict[str, bytes]) -> bytes:
    """A tar with these files."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.mode = 0o755
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def describe(content: bytes, media_type: str, **more: Any) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": f"sha256:{digest_of(content)}", "size": len(content), **more}


def oci_layout(layers: dict[str, bytes], config: dict[str, Any] | None = None) -> dict[str, bytes]:
    """The members of an OCI layout with one image of one layer that has these files."""
    layer = gzip.compress(tar_of(layers), mtime=0)
    diff = {"rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest_of(gzip.decompress(layer))}"]}}
    written = json.dumps(CONFIG | diff | (config or {})).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": oci.OCI_MANIFEST,
        "config": describe(written, oci.OCI_CONFIG),
        "layers": [describe(layer, oci.OCI_LAYER + "+gzip")],
    }
    raw = json.dumps(manifest).encode()
    index = {"schemaVersion": 2, "manifests": [describe(raw, oci.OCI_MANIFEST)]}
    blobs = {f"blobs/sha256/{digest_of(content)}": content for content in (layer, written, raw)}
    return {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": json.dumps(index).encode(), **blobs}


def docker_archive(layers: dict[str, bytes]) -> dict[str, bytes]:
    """The same as older versions of `docker save` write it."""
    layer = tar_of(layers)
    diff = {"rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest_of(layer)}"]}}
    entries = [{"Config": "c.json", "RepoTags": ["mine:1"], "Layers": ["abc/layer.tar"]}]
    return {
        "abc/layer.tar": layer,
        "c.json": json.dumps(CONFIG | diff).encode(),
        "manifest.json": json.dumps(entries).encode(),
    }


def write(file: Path, members: dict[str, bytes]) -> Path:
    """The archive as a file."""
    file.write_bytes(tar_of(members))
    return file
