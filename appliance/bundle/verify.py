"""Is every byte of the bundle what was signed?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from appliance.bundle.layout import MANIFEST, PUBLIC_KEY, SIGNATURE, oci_files
from appliance.bundle.models import Blob
from appliance.bundle.reader import Bundle

_READERS = 4  # hashlib gives the interpreter free while it works; more than this no disk keeps busy


class Flaw(BaseModel):
    """A file of the bundle that is not as it was signed."""

    file: str
    kind: Literal["changed", "missing", "extra", "unreadable"]
    detail: str = ""


def verify(bundle: Bundle, on_bytes: Callable[[int], None] = lambda _: None) -> list[Flaw]:
    """Every flaw of the bundle, sorted by file; `on_bytes` hears how many bytes were read since it was last called."""
    blobs = {blob.path: blob for blob in bundle.manifest.blobs().values()}
    derived = oci_files(bundle.manifest, bundle.images)
    known = {MANIFEST, SIGNATURE, PUBLIC_KEY, *derived, *blobs}
    flaws = [Flaw(file=name, kind="extra") for name in _files(bundle.path) if name not in known]
    for name, content in derived.items():
        path = bundle.path / name
        if not path.is_file():
            flaws.append(Flaw(file=name, kind="missing"))
        elif path.read_bytes() != content:
            flaws.append(Flaw(file=name, kind="changed"))
    with ThreadPoolExecutor(_READERS) as pool:
        flaws += filter(None, pool.map(lambda blob: _check(bundle.path, blob, on_bytes), blobs.values()))
    return sorted(flaws, key=lambda flaw: flaw.file)


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield path.relative_to(folder).as_posix()


def _check(folder: Path, blob: Blob, on_bytes: Callable[[int], None]) -> Flaw | None:
    path = folder / blob.path
    try:
        size = path.stat().st_size
        if size != blob.size:
            return Flaw(file=blob.path, kind="changed", detail=f"{size} bytes, not {blob.size}")
        sha = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                sha.update(chunk)
                on_bytes(len(chunk))
    except FileNotFoundError:
        return Flaw(file=blob.path, kind="missing")
    except OSError as error:
        return Flaw(file=blob.path, kind="unreadable", detail=error.strerror or str(error))
    found = f"sha256:{sha.hexdigest()}"
    return None if found == blob.digest else Flaw(file=blob.path, kind="changed", detail=f"its digest is {found}")
