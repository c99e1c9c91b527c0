"""`pack`: what the catalog says becomes one signed bundle."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from appliance.bundle import keys
from appliance.bundle.layout import manifest_bytes
from appliance.bundle.models import Blob, Component, FileEntry, ImageEntry, Manifest, Role
from appliance.bundle.writer import write_bundle
from appliance.catalog import CATALOG, Catalog, Lock
from appliance.images import ImageParts, LayerParts, assemble
from appliance.pack.cache import Cache, Entry
from appliance.pack.compose import BLOB, Composer
from appliance.pack.run import Listener, make_all
from appliance.pack.steps import Step
from appliance.sources import Context
from installer.common.errors import SlipwayError
from installer.common.paths import cache as cache_folder
from installer.common.paths import version
from installer.common.text import Text

_ROLES: tuple[Role, ...] = ("control-plane", "worker")


class Packed(BaseModel):
    """What came of packing."""

    path: Path
    digest: str
    bytes: int
    """Of all blobs."""
    signer: str
    seconds: float
    """How long it took this time."""
    artifact_seconds: dict[str, float]
    """How long each artifact took when it was made, which may have been an earlier time."""


def pack(
    catalog: Catalog,
    out: Path,
    listen: Listener = lambda _: None,
    *,
    mirror: Path | None = None,
    cache: Path | None = None,
    catalog_folder: Path = CATALOG,
) -> Packed:
    """Make what is not in the cache yet, and write the bundle to the folder `out`, in place of one that is there.

    Args:
        mirror: a folder that is asked first, see docs/bundle.md.
        cache: where results are kept; the user's cache folder by default.

    Raises:
        SlipwayError: an artifact could not be had or built, the disk is full, or `out` is something else.
    """
    folder = cache or cache_folder() / "pack"
    try:
        return _pack(catalog, out, listen, mirror=mirror, cache=folder, catalog_folder=catalog_folder)
    except OSError as error:
        raise SlipwayError(
            Text(en="packing cannot read or write a file", zh="打包时无法读写文件"),
            where=str(error.filename or folder),
            why=Text.same(error.strerror or str(error)),
            fix=Text(
                en="mend it (is the disk of {cache} or {out} full?), then run the same command: it goes on where it stopped",
                zh="修复后（{cache} 或 {out} 所在磁盘是否已满？）重新运行同一命令，将从中断处继续",
            ).format(cache=folder, out=out),
        ) from error


def _pack(
    catalog: Catalog, out: Path, listen: Listener, *, mirror: Path | None, cache: Path, catalog_folder: Path
) -> Packed:
    started = time.monotonic()
    store = Cache(cache)
    context = Context(
        lock=Lock(catalog_folder / "lock.yaml"),
        toolchain=catalog.toolchain,
        tools=store.root / "tools",
        mirror=mirror,
        catalog=catalog_folder,
    )
    key = keys.packer_key()  # before an hour's work, so that a wrong one is known at once
    composer = Composer(catalog, context)
    artifacts = {name: composer.artifact(name) for name in catalog.artifacts}
    files = {name: composer.file(file.output) for one in catalog.components for name, file in one.files.items()}
    layers = {
        image.reference: [
            composer.layer(layer, f"{image.reference}#{number}") for number, layer in enumerate(image.layers)
        ]
        for one in catalog.components
        for image in one.images
    }
    entries = make_all(
        [*artifacts.values(), *files.values(), *(step for each in layers.values() for step in each)], store, listen
    )
    images = _images(catalog, layers, entries)
    manifest = _manifest(catalog, artifacts, files, images, entries)
    blobs: dict[str, Path | bytes] = {}
    for step in [*files.values(), *(step for each in layers.values() for step in each)]:
        blobs[_blob(entries[step.key]).digest] = store.content(step.key) / BLOB
    for parts in images.values():
        blobs |= {parts.blobs[0].digest: parts.manifest, parts.blobs[1].digest: parts.config}
    write_bundle(manifest, blobs, out, key)
    return Packed(
        path=out,
        digest="sha256:" + hashlib.sha256(manifest_bytes(manifest)).hexdigest(),
        bytes=sum(blob.size for blob in manifest.blobs().values()),
        signer=keys.fingerprint(key.public_key()),
        seconds=round(time.monotonic() - started, 2),
        artifact_seconds={name: entries[step.key].seconds for name, step in artifacts.items()},
    )


def _images(catalog: Catalog, layers: Mapping[str, list[Step]], entries: Mapping[str, Entry]) -> dict[str, ImageParts]:
    return {
        image.reference: assemble(
            [LayerParts.model_validate(entries[step.key].facts) for step in layers[image.reference]],
            entrypoint=image.entrypoint,
            command=image.command,
            environment=image.environment,
            user=image.user,
            folder=image.folder,
        )
        for component in catalog.components
        for image in component.images
    }


def _manifest(
    catalog: Catalog,
    artifacts: Mapping[str, Step],
    files: Mapping[str, Step],
    images: Mapping[str, ImageParts],
    entries: Mapping[str, Entry],
) -> Manifest:
    components = [
        Component(
            name=one.name,
            version=one.version,
            licence=one.licence,
            sources=[entries[artifacts[name].key].source for name in one.artifacts],
        )
        for one in catalog.components
    ]
    modes = {name: int(file.mode, 8) for one in catalog.components for name, file in one.files.items()}
    file_entries = {
        name: FileEntry.model_validate({**entries[step.key].facts, "mode": modes[name]}) for name, step in files.items()
    }
    roles = {image.reference: image.roles for one in catalog.components for image in one.images}
    return Manifest(
        version=version(),
        components=components,
        files=file_entries,
        images={
            reference: ImageEntry(
                digest=parts.blobs[0].digest,
                size=sum(blob.size for blob in parts.blobs),
                unpacked=sum(layer.unpacked for layer in parts.layers),
                roles=roles[reference],
                blobs=parts.blobs,
            )
            for reference, parts in images.items()
        },
        needs={role: _need(role, roles, images, file_entries) for role in _ROLES},
    )


def _need(
    role: Role, roles: Mapping[str, list[Role]], images: Mapping[str, ImageParts], files: Mapping[str, FileEntry]
) -> int:
    """Bytes on a node: containerd keeps each layer packed and unpacked, once for all images that share it."""
    of_role = [parts for reference, parts in images.items() if role in roles[reference]]
    packed = {blob.digest: blob.size for parts in of_role for blob in parts.blobs}
    unpacked = {layer.diff_id: layer.unpacked for parts in of_role for layer in parts.layers}
    return sum(packed.values()) + sum(unpacked.values()) + sum(file.size for file in files.values())


def _blob(entry: Entry) -> Blob:
    return Blob.model_validate(entry.facts["blob"])
