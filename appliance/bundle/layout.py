"""The parts of a bundle that follow from its manifest: names of files, and the OCI image layout."""

from __future__ import annotations

import json
from collections.abc import Iterable

from appliance.bundle.models import Manifest

MANIFEST = "bundle.json"
SIGNATURE = "bundle.json.sig"
PUBLIC_KEY = "bundle.pub"

OCI_LAYOUT = "oci-layout"
OCI_INDEX = "index.json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


def canonical(content: object) -> bytes:
    """JSON with one possible form, so that equal content has an equal digest."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def manifest_bytes(manifest: Manifest) -> bytes:
    """`bundle.json`: canonical in order, indented for people."""
    return json.dumps(manifest.model_dump(mode="json"), sort_keys=True, indent=1, ensure_ascii=False).encode() + b"\n"


def oci_files(manifest: Manifest, references: Iterable[str]) -> dict[str, bytes]:
    """The two small files that make `blobs/` an OCI layout of these images."""
    entries = [
        {
            "mediaType": MANIFEST_TYPE,
            "digest": manifest.images[reference].digest,
            "size": manifest.images[reference].blobs[0].size,
            "annotations": {
                # containerd names the image by the first, other tools by the second.
                "io.containerd.image.name": reference,
                "org.opencontainers.image.ref.name": reference,
            },
        }
        for reference in sorted(references)
    ]
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": entries}
    return {OCI_LAYOUT: canonical({"imageLayoutVersion": "1.0.0"}), OCI_INDEX: canonical(index)}
