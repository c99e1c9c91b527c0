"""Reading a bundle: its signature is checked at once, its blobs when `verify` is called and again where they are laid down."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO

import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from appliance.bundle import keys
from appliance.bundle.layout import MANIFEST, PUBLIC_KEY, SIGNATURE, oci_files
from appliance.bundle.models import Blob, FileEntry, ImageEntry, Manifest, Role
from installer.common.errors import InvalidInput
from installer.common.text import Text

_CHUNK = 1 << 20


class Bundle:
    """A bundle on disk whose manifest carries a valid signature."""

    def __init__(self, path: Path, manifest: Manifest, raw: bytes, key: Ed25519PublicKey) -> None:
        self.path = path
        self.manifest = manifest
        self.digest = "sha256:" + hashlib.sha256(raw).hexdigest()
        """Of `bundle.json`; names the whole bundle, since that names every blob."""
        self.signer = keys.fingerprint(key)

    @property
    def images(self) -> dict[str, ImageEntry]:
        return self.manifest.images

    @property
    def files(self) -> dict[str, FileEntry]:
        return self.manifest.files

    @property
    def needs(self) -> dict[Role, int]:
        """Bytes of disk that the bundle takes on a node of a role."""
        return self.manifest.needs

    @cached_property
    def size(self) -> int:
        """Bytes of all blobs."""
        return sum(blob.size for blob in self.manifest.blobs().values())

    def version(self, component: str) -> str:
        """The version of a component, as upstream writes it, without a leading `v`.

        Raises:
            KeyError: the bundle has no such component.
        """
        return {one.name: one.version for one in self.manifest.components}[component]

    def blobs_of(self, references: Collection[str]) -> list[Blob]:
        """The blobs of these images, each once: those that all images share come first."""
        found = {blob.digest: blob for reference in references for blob in self.images[reference].blobs}
        return list(found.values())

    @contextmanager
    def open_file(self, name: str) -> Iterator[IO[bytes]]:
        """The content of a file of the bundle, unpacked while it is read. Whoever lays it down verifies its digest there."""
        with (
            (self.path / self.files[name].blob.path).open("rb") as packed,
            zstandard.ZstdDecompressor().stream_reader(packed) as plain,
        ):
            yield plain

    def read_file(self, name: str) -> bytes:
        """The whole content of a (small) file, verified.

        Raises:
            InvalidInput: the blob is not what the manifest says.
        """
        entry = self.files[name]
        try:
            with self.open_file(name) as stream:
                content = stream.read()
        except (OSError, zstandard.ZstdError) as error:
            raise _damaged(self.path / entry.blob.path) from error
        if "sha256:" + hashlib.sha256(content).hexdigest() != entry.digest:
            raise _damaged(self.path / entry.blob.path)
        return content

    def write_oci_layout(self, references: Collection[str], stream: IO[bytes]) -> None:
        """Write these images as one tar with an OCI layout, as `ctr images import -` takes it. Shared layers go once."""
        with tarfile.open(fileobj=stream, mode="w|", bufsize=_CHUNK) as tar:
            for name, content in oci_files(self.manifest, references).items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
            for blob in self.blobs_of(references):
                entry = tarfile.TarInfo(blob.path)
                entry.size = blob.size
                with (self.path / blob.path).open("rb") as file:
                    tar.addfile(entry, file)


def open_bundle(path: Path, trusted: Path | None = None) -> Bundle:
    """Open a bundle and check the signature of its manifest.

    Args:
        path: the folder with `bundle.json`.
        trusted: the public key (PEM) that must have signed it; None accepts the key that the bundle brings, which proves that
            it is undamaged, not who made it.

    Raises:
        InvalidInput: no bundle there, a format that this version does not know, or a signature that does not fit.
    """
    raw, signature, pem = (_read(path, name) for name in (MANIFEST, SIGNATURE, PUBLIC_KEY))
    key = keys.load_public(pem)
    if key is None:
        raise _refused(path / PUBLIC_KEY, Text(en="it is no Ed25519 public key", zh="该文件不是 Ed25519 公钥"))
    if trusted is not None:
        own, key = key, keys.load_public(trusted.read_bytes()) if trusted.is_file() else None
        if key is None:
            raise InvalidInput(Text(en="no Ed25519 public key there", zh="此处没有 Ed25519 公钥"), where=str(trusted))
        if keys.fingerprint(own) != keys.fingerprint(key):
            raise _refused(
                path / PUBLIC_KEY,
                Text(en="somebody else signed it: {signer}", zh="签名者另有其人：{signer}").format(
                    signer=keys.fingerprint(own)
                ),
            )
    if not keys.signed_by(key, signature, raw):
        raise _refused(
            path / MANIFEST,
            Text(
                en="{manifest} does not fit its signature {signature}: one of the two was changed",
                zh="{manifest} 与其签名 {signature} 不符：二者之一已被改动",
            ).format(manifest=MANIFEST, signature=SIGNATURE),
        )
    try:
        manifest = Manifest.model_validate_json(raw)
    except ValidationError as error:
        raise InvalidInput(
            Text(
                en="this version of Slipway does not know this form of bundle", zh="此版本的 Slipway 不识别该安装包格式"
            ),
            where=str(path / MANIFEST),
            why=Text.same("; ".join(f"{e['loc']}: {e['msg']}" for e in error.errors()[:3])),
            fix=Text(en="use the Slipway that came with the bundle", zh="请使用随该安装包提供的 Slipway"),
        ) from error
    return Bundle(path, manifest, raw, key)


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise InvalidInput(
            Text(en="no bundle there", zh="此处没有安装包"),
            where=str(folder / name),
            why=Text.same(error.strerror or str(error)),
            fix=Text(
                en="give the folder that holds {manifest}; `slipway pack -o DIR` makes one",
                zh="请给出包含 {manifest} 的目录；`slipway pack -o DIR` 可生成安装包",
            ).format(manifest=MANIFEST),
        ) from error


def _refused(where: Path, why: Text) -> InvalidInput:
    return InvalidInput(
        Text(en="the bundle's signature is wrong", zh="安装包签名有误"),
        where=str(where),
        why=why,
        fix=Text(en="get the bundle again from where it was packed", zh="请从打包处重新获取安装包"),
    )


def _damaged(where: Path) -> InvalidInput:
    return InvalidInput(
        Text(en="the bundle is damaged", zh="安装包已损坏"),
        where=str(where),
        why=Text(en="its content is not what the manifest says", zh="其内容与清单不符"),
        fix=Text(
            en="copy the bundle again; `slipway bundle verify` names every damaged file",
            zh="请重新复制安装包；`slipway bundle verify` 可列出所有损坏的文件",
        ),
    )
