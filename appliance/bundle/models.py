"""What `bundle.json` says. Nothing in it depends on when or where the bundle was packed: same inputs, same bytes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["control-plane", "worker"]
Digest = str
"""`sha256:` and 64 hexadecimal digits."""
_DIGEST = r"^sha256:[0-9a-f]{64}$"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Blob(_Model):
    """One file under `blobs/sha256`, named by its digest; `size` in bytes."""

    digest: Digest = Field(pattern=_DIGEST)
    size: int = Field(ge=0)

    @property
    def path(self) -> str:
        """The path inside the bundle."""
        return "blobs/" + self.digest.replace(":", "/")


class FileEntry(_Model):
    """A file that the bundle carries: digest and size (bytes) are of the file itself; `blob` is the same, zstd-compressed."""

    digest: Digest = Field(pattern=_DIGEST)
    size: int = Field(ge=0)
    mode: int
    blob: Blob


class ImageEntry(_Model):
    """An OCI image: `digest` is its manifest's, `size` what its blobs take, `unpacked` what its layers take on a node (bytes)."""

    digest: Digest = Field(pattern=_DIGEST)
    size: int
    unpacked: int
    roles: list[Role]
    """The roles of nodes that run it."""
    blobs: list[Blob]
    """Manifest, config and layers, in this order."""


class Component(_Model):
    """One thing that the bundle is made of, and where it came from."""

    name: str
    version: str
    licence: str
    """SPDX expression."""
    sources: list[str]
    """Where each of its artifacts came from, one line each."""


class Manifest(_Model):
    """`bundle.json`."""

    format: Literal[1] = 1
    version: str
    """The product's."""
    components: list[Component]
    files: dict[str, FileEntry]
    images: dict[str, ImageEntry]
    needs: dict[Role, int]
    """Bytes that the bundle's images and files take on a node of a role, its containerd's content store included."""

    def blobs(self) -> dict[Digest, Blob]:
        """Every blob of the bundle once, by its digest."""
        found = [entry.blob for entry in self.files.values()]
        found += [blob for image in self.images.values() for blob in image.blobs]
        return {blob.digest: blob for blob in found}
