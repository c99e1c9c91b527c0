"""Image configs and manifests (OCI image specification 1.1)."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.bundle.layout import MANIFEST_TYPE, canonical
from appliance.bundle.models import Blob
from appliance.images.layer import LayerParts
from appliance.images.tree import EPOCH

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class ImageParts:
    """An image: its manifest and config as bytes, and its layers' blobs."""

    manifest: bytes
    config: bytes
    layers: list[LayerParts]

    @property
    def blobs(self) -> list[Blob]:
        return [blob_of(self.manifest), blob_of(self.config), *(layer.blob for layer in self.layers)]


def assemble(
    layers: Sequence[LayerParts],
    *,
    entrypoint: Sequence[str] = (),
    command: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    user: str = "",
    folder: str = "",
) -> ImageParts:
    """Config and manifest of an image for linux/amd64."""
    run: dict[str, object] = {
        "Env": [f"{k}={v}" for k, v in sorted(({"PATH": _PATH} | dict(environment or {})).items())]
    }
    optional = {"Entrypoint": list(entrypoint), "Cmd": list(command), "User": user, "WorkingDir": folder}
    config = canonical(
        {
            "created": datetime.datetime.fromtimestamp(EPOCH, datetime.UTC).isoformat().replace("+00:00", "Z"),
            "architecture": "amd64",
            "os": "linux",
            "config": run | {name: value for name, value in optional.items() if value},
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        }
    )
    manifest = canonical(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": _descriptor("application/vnd.oci.image.config.v1+json", blob_of(config)),
            "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar+zstd", layer.blob) for layer in layers],
        }
    )
    return ImageParts(manifest, config, list(layers))


def blob_of(content: bytes) -> Blob:
    return Blob(digest=f"sha256:{hashlib.sha256(content).hexdigest()}", size=len(content))


def _descriptor(media_type: str, blob: Blob) -> dict[str, object]:
    return {"mediaType": media_type, "digest": blob.digest, "size": blob.size}
