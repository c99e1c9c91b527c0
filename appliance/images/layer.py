"""Layers: trees of files, compressed, and the difference of two trees."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import zstandard
from pydantic import BaseModel

from appliance.bundle.models import Blob
from appliance.images import tree
from appliance.images.tree import Node, Tree

LEVEL = 3
"""kubelet: 25.9 % of its size in 1.5 s; level 9 gets 23.5 % in 11 s. Unpacking is as quick at every level."""
WHITEOUT = ".wh."


class LayerParts(BaseModel):
    """A layer: the compressed blob, the digest of the tar archive in it, and what it takes unpacked (bytes)."""

    blob: Blob
    diff_id: str
    unpacked: int


class Compressed(io.RawIOBase):
    """A stream that compresses into a file, and keeps the digests and sizes of both sides."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._plain = hashlib.sha256()
        self._packed = hashlib.sha256()
        self.plain_size = self.packed_size = 0
        # With `threads` the result is cut into jobs of a fixed size: it is the same for any number of processors.
        self._compressor = zstandard.ZstdCompressor(level=LEVEL, threads=2).compressobj()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._plain.update(data)
        self.plain_size += len(data)
        self._put(self._compressor.compress(data))
        return len(data)

    def finish(self) -> tuple[Blob, str]:
        """Write the rest; the blob, and the digest of what was compressed."""
        self._put(self._compressor.flush())
        blob = Blob(digest=f"sha256:{self._packed.hexdigest()}", size=self.packed_size)
        return blob, f"sha256:{self._plain.hexdigest()}"

    def _put(self, packed: bytes) -> None:
        self._packed.update(packed)
        self.packed_size += len(packed)
        self._file.write(packed)


def make_layer(content: Tree, target: Path) -> LayerParts:
    """Write a tree as a compressed layer."""
    with target.open("wb") as file:
        stream = Compressed(file)
        tree.write(content, stream)  # type: ignore[arg-type]
        blob, diff_id = stream.finish()
    return LayerParts(blob=blob, diff_id=diff_id, unpacked=tree.size(content))


def compress_file(source: Path, target: Path) -> tuple[Blob, str, int]:
    """Compress one file; its blob, and digest and size of the file itself."""
    with source.open("rb") as plain, target.open("wb") as file:
        stream = Compressed(file)
        while chunk := plain.read(1 << 20):
            stream.write(chunk)
        blob, digest = stream.finish()
    return blob, digest, stream.plain_size


def difference(base: Tree, full: Tree) -> Tree:
    """What must be laid over `base` to get `full`; what `full` lacks becomes a whiteout."""
    added = {path: node for path, node in full.items() if path not in base or not _same(base[path], node)}
    for path in _gone(base, full):
        parent, _, name = path.rpartition("/")
        whiteout = f"{parent}/{WHITEOUT}{name}" if parent else f"{WHITEOUT}{name}"
        added[whiteout] = tree.link(whiteout, "")
        added[whiteout].info.type, added[whiteout].info.linkname = b"0", ""
    # A link to a file that the base has already: its first name comes along, so that the layer stands for itself.
    for node in list(added.values()):
        if node.info.islnk() and node.info.linkname not in added:
            added[node.info.linkname] = full[node.info.linkname]
    folders = {path: full[path] for path in tree.with_parents(added) if path in full}
    return folders | added


def _gone(base: Tree, full: Tree) -> Iterator[str]:
    """The paths that are gone; of a folder that is gone, only itself."""
    for path in base:
        parent = path.rpartition("/")[0]
        if path not in full and (not parent or parent in full):
            yield path


def _same(one: Node, other: Node) -> bool:
    a, b = one.info, other.info
    if (a.type, a.mode, a.uid, a.gid, a.size, a.linkname) != (b.type, b.mode, b.uid, b.gid, b.size, b.linkname):
        return False
    if a.pax_headers != b.pax_headers:
        return False
    if one.content is None or other.content is None:
        return one.content is other.content
    with one.content() as left, other.content() as right:
        return hashlib.file_digest(left, "sha256").digest() == hashlib.file_digest(right, "sha256").digest()  # type: ignore[arg-type]
