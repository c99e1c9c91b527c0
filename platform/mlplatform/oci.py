"""Archives of container images: what `docker save`, `podman save` and `skopeo copy` write, taken apart and checked.

Nothing of an archive is unpacked: its blobs are handed out as they stand in it, by the digests that they were checked against.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mlplatform.models.base import Text

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
PLATFORM = {"os": "linux", "architecture": "amd64"}
MEMBERS = 4096
"""More than any image has layers (127 with overlayfs): a bomb of tiny members is refused early."""
DOCUMENT = 4 << 20
"""Bytes of a manifest or configuration; the limit that registries have (OCI distribution specification, "Pushing Manifests")."""
CHUNK = 1 << 20


class InvalidArchive(Exception):
    """An archive is no image that can run here; says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True)
class Part:
    """A blob of an image: a layer, or its configuration."""

    digest: str
    """64 hexadecimal digits of its SHA-256."""
    size: int
    member: str
    """Where it stands in the archive."""


@dataclass(frozen=True)
class ImageArchive:
    """One image of an archive."""

    manifest: bytes
    media_type: str
    parts: tuple[Part, ...]
    """Configuration and layers, each once."""

    @property
    def digest(self) -> str:
        """Of the manifest, which names everything else: the image's own."""
        return hashlib.sha256(self.manifest).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of manifest, configuration and layers."""
        return len(self.manifest) + sum(part.size for part in self.parts)


class Archive:
    """An open archive."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._members: dict[str, tarfile.TarInfo] = {}
        for member in tar:
            if len(self._members) >= MEMBERS:
                raise _wrong(f"has more than {MEMBERS} members", f"成员超过 {MEMBERS} 个")
            self._members[member.name.removeprefix("./")] = member

    def image(self) -> ImageArchive:
        """The image of this archive, every digest checked.

        Raises:
            InvalidArchive: it has none, several, one for another platform, or its content is not what its manifest names.
        """
        return self._oci() if "index.json" in self._members else self._docker()

    def read(self, part: Part) -> Iterator[bytes]:
        """The content of a part in pieces."""
        with self._open(part.member) as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def _oci(self) -> ImageArchive:
        media_type, raw = self._manifest(self._document("index.json"), depth=0)
        manifest = _object(raw, "manifest")
        descriptors = [manifest.get("config"), *_list(manifest.get("layers"))]
        parts = {d.digest: d for d in (self._part(x) for x in descriptors)}
        self._check_platform(_object(self._small(_member(manifest["config"])), "configuration"))
        for part in parts.values():
            self._check_digest(part)
        return ImageArchive(raw, media_type, tuple(parts.values()))

    def _manifest(self, index: dict[str, Any], depth: int) -> tuple[str, bytes]:
        """The manifest for our platform that an index leads to; an index may name another one."""
        found = [d for d in _list(index.get("manifests")) if _fits(d)]
        if len(found) != 1 or depth > 2:
            raise _wrong(
                f"has {len(found)} images for linux/amd64 where it should have one",
                f"包含 {len(found)} 个 linux/amd64 镜像，应为一个",
            )
        part = self._part(found[0])
        self._check_digest(part)
        raw = self._small(part.member)
        kind = str(found[0].get("mediaType", ""))
        if kind in (OCI_INDEX, DOCKER_INDEX):
            return self._manifest(_object(raw, "index"), depth + 1)
        if kind not in (OCI_MANIFEST, DOCKER_MANIFEST):
            raise _wrong(f"has a manifest of the unknown type {kind!r}", f"清单类型 {kind!r} 未知")
        return kind, raw

    def _docker(self) -> ImageArchive:
        """The older form of `docker save`: files with names; a manifest for them is made here, the same each time."""
        if "manifest.json" not in self._members:
            raise _wrong(
                "has neither index.json nor manifest.json: it is no image archive",
                "不是镜像归档：没有 index.json 或 manifest.json",
            )
        try:
            entries = json.loads(self._small("manifest.json"))
        except ValueError as error:
            raise _wrong("has a manifest.json that is no JSON", "manifest.json 不是 JSON") from error
        if not isinstance(entries, list) or len(entries) != 1 or not isinstance(entries[0], dict):
            raise _wrong("must have one image", "必须只包含一个镜像")
        config, layers = str(entries[0].get("Config")), [str(x) for x in _list(entries[0].get("Layers"))]
        self._check_platform(_object(self._small(config), "configuration"))
        parts = [self._hashed(name) for name in (config, *layers)]
        types = [OCI_CONFIG, *(OCI_LAYER + ("+gzip" if self._is_gzip(name) else "") for name in layers)]
        described = [
            {"mediaType": t, "digest": f"sha256:{p.digest}", "size": p.size} for t, p in zip(types, parts, strict=True)
        ]
        manifest = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": described[0], "layers": described[1:]}
        raw = json.dumps(manifest, separators=(",", ":")).encode()
        return ImageArchive(raw, OCI_MANIFEST, tuple({p.digest: p for p in parts}.values()))

    def _part(self, descriptor: Any) -> Part:
        member = _member(descriptor)
        if member not in self._members:
            raise _wrong(f"lacks {member}, which its manifest names", f"缺少清单中列出的 {member}")
        return Part(member.rpartition("/")[2], self._members[member].size, member)

    def _check_digest(self, part: Part) -> None:
        if self._hashed(part.member).digest != part.digest:
            raise _wrong(
                f"is damaged: {part.member} is not what its digest says", f"已损坏：{part.member} 与其摘要不符"
            )

    def _hashed(self, name: str) -> Part:
        digest, size = hashlib.sha256(), 0
        with self._open(name) as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
        return Part(digest.hexdigest(), size, name)

    def _is_gzip(self, name: str) -> bool:
        with self._open(name) as file:
            return file.read(2) == b"\x1f\x8b"

    def _check_platform(self, config: dict[str, Any]) -> None:
        found = {key: config.get(key) for key in PLATFORM}
        if found != PLATFORM:
            given = f"{found['os']}/{found['architecture']}"
            raise _wrong(f"is for {given}, but linux/amd64 is needed", f"适用于 {given}，需要 linux/amd64")

    def _document(self, name: str) -> dict[str, Any]:
        return _object(self._small(name), name)

    def _small(self, name: str) -> bytes:
        with self._open(name) as file:
            content = file.read(DOCUMENT + 1)
        if len(content) > DOCUMENT:
            raise _wrong(f"has a document of more than {DOCUMENT} bytes: {name}", f"文档 {name} 超过 {DOCUMENT} 字节")
        return content

    def _open(self, name: str) -> IO[bytes]:
        member = self._members.get(name)
        file = self._tar.extractfile(member) if member and member.isreg() else None
        if file is None:
            raise _wrong(f"has no file {name}", f"没有文件 {name}")
        return file


@contextmanager
def opened(file: Path) -> Iterator[Archive]:
    """An image archive: a tar file, also gzip'ed.

    Raises:
        InvalidArchive: it cannot be read as one.
    """
    try:
        with tarfile.open(file, "r:*") as tar:
            yield Archive(tar)
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, RecursionError) as error:
        raise _wrong(f"is no whole tar file: {error}", f"不是完整的 tar 文件：{error}") from error


def _fits(descriptor: Any) -> bool:
    """Whether an index' entry is an image for our platform; one that names no platform may be."""
    if not isinstance(descriptor, dict):
        return False
    platform = descriptor.get("platform")
    return not isinstance(platform, dict) or all(platform.get(key) == value for key, value in PLATFORM.items())


def _member(descriptor: Any) -> str:
    algorithm, _, digest = str(descriptor.get("digest") if isinstance(descriptor, dict) else "").partition(":")
    if algorithm != "sha256" or len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise _wrong("names a blob without a SHA-256 digest", "有一个 blob 没有 SHA-256 摘要")
    return f"blobs/sha256/{digest}"


def _object(raw: bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _wrong(f"has a {what} that is no JSON object", f"{what} 不是 JSON 对象")
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _wrong(en: str, zh: str) -> InvalidArchive:
    return InvalidArchive(Text(en=f"The archive {en}.", zh=f"归档{zh}。"))
