"""Writing a bundle: the new one takes the place of the old one as a whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.bundle import keys
from appliance.bundle.layout import MANIFEST, PUBLIC_KEY, SIGNATURE, manifest_bytes, oci_files
from appliance.bundle.models import Digest, Manifest
from installer.common.errors import InvalidInput
from installer.common.files import sync_folder
from installer.common.text import Text


def write_bundle(manifest: Manifest, blobs: Mapping[Digest, Path | bytes], out: Path, key: Ed25519PrivateKey) -> None:
    """Write the bundle into the folder `out`, replacing a bundle that is there.

    Blobs are linked where they lie on the same file system (they are read-only), copied elsewhere.

    Raises:
        InvalidInput: `out` is there and is neither a bundle nor empty.
    """
    if out.exists() and not (out / MANIFEST).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise InvalidInput(
            Text(
                en="this is no bundle and not empty: it will not be overwritten", zh="该目录既非安装包也非空：不会覆盖"
            ),
            where=str(out),
            fix=Text(en="give another folder", zh="请换一个目录"),
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh, old = (out.with_name(f".{out.name}.{word}-{os.getpid()}") for word in ("new", "old"))
    try:
        _fill(fresh, manifest, blobs, key)
        if out.exists():
            out.rename(old)
        fresh.rename(out)
        sync_folder(out.parent)
    finally:
        for leftover in (fresh, old):
            shutil.rmtree(leftover, ignore_errors=True)


def _fill(folder: Path, manifest: Manifest, blobs: Mapping[Digest, Path | bytes], key: Ed25519PrivateKey) -> None:
    (folder / "blobs" / "sha256").mkdir(parents=True)
    for digest, blob in manifest.blobs().items():
        _place(blobs[digest], folder / blob.path)
    raw = manifest_bytes(manifest)
    small = oci_files(manifest, manifest.images) | {
        MANIFEST: raw,
        SIGNATURE: keys.sign(key, raw),
        PUBLIC_KEY: keys.public_pem(key.public_key()),
    }
    for name, content in small.items():
        with (folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def _place(source: Path | bytes, target: Path) -> None:
    if isinstance(source, bytes):
        target.write_bytes(source)
        return
    try:
        target.hardlink_to(source)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)
