"""The cache of pack: one read-only folder per step's result, named by everything the result depends on."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from pydantic import BaseModel

from installer.common.files import sync_folder

_ENTRY = "entry.json"
_CONTENT = "content"
_KEPT_SECONDS = 30 * 24 * 3600
"""How long a result is kept that no pack asks for: long enough to go back to last month's release without building."""
_UNTOUCHED = 1_000_000_000  # every file's mtime in seconds: one that has another was changed since


class Entry(BaseModel):
    """What is known of a result beside its files."""

    name: str
    source: str
    """Where it came from, for people: `go: k8s.io/kubernetes@v1.37.2`."""
    seconds: float
    """How long it took to make."""
    sizes: dict[str, int]
    """Bytes of every file by its path."""
    facts: dict[str, Any] = {}
    """What the step wants to remember of its result, so that nobody reads the files for it."""


class Cache:
    """Folders under `root`: `KEY/entry.json` and `KEY/content/…`; a folder that is there is complete."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def find(self, key: str) -> Entry | None:
        """The entry, when it is there and no file of it was changed or lost (a bundle's blobs are links to the cache's)."""
        folder = self.root / key
        try:
            entry = Entry.model_validate_json((folder / _ENTRY).read_bytes())
        except (OSError, ValueError):
            return None
        for name, size in entry.sizes.items():
            try:
                found = (folder / _CONTENT / name).lstat()
            except OSError:
                return None
            if found.st_size != size or found.st_mtime_ns != _UNTOUCHED * 10**9:
                return None
        os.utime(folder)  # when it was last used
        return entry

    def content(self, key: str) -> Path:
        return self.root / key / _CONTENT

    @contextmanager
    def making(self, key: str) -> Iterator[Path]:
        """A folder to work in, on the cache's file system; it vanishes with its user, also after a crash (see `sweep`)."""
        folder = self.root / f"tmp-{_process_id(os.getpid())}-{key[:16]}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, key: str, result: Path, entry: Entry) -> Entry:
        """Move a finished result into the cache, as a whole or not at all; `entry.sizes` is filled in."""
        sizes = {}
        for path in sorted(result.rglob("*")):
            if path.is_file() and not path.is_symlink():
                os.utime(path, (_UNTOUCHED, _UNTOUCHED))
                sizes[path.relative_to(result).as_posix()] = path.stat().st_size
        entry = entry.model_copy(update={"sizes": sizes})
        parcel = result.with_name("parcel")
        parcel.mkdir()
        result.rename(parcel / _CONTENT)
        with (parcel / _ENTRY).open("wb") as file:
            file.write(entry.model_dump_json(indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        target = self.root / key
        if target.exists():  # damaged, or another pack was quicker
            target.rename(parcel.with_name("old"))
        parcel.rename(target)
        sync_folder(self.root)
        return entry

    def sweep(self) -> None:
        """Remove what packs left behind that are no longer alive, and what no pack has asked for in a month."""
        for folder in self.root.glob("tmp-*"):
            pid, started = folder.name.split("-")[1:3]
            if _process_id(int(pid)) != f"{pid}-{started}":
                shutil.rmtree(folder, ignore_errors=True)
        oldest = time.time() - _KEPT_SECONDS
        for entry in self.root.glob(f"*/{_ENTRY}"):
            if entry.parent.stat().st_mtime < oldest:
                shutil.rmtree(entry.parent, ignore_errors=True)


def _process_id(pid: int) -> str:
    """A process for good: its number may come again, not with the same time of birth."""
    try:
        return f"{pid}-{int(psutil.Process(pid).create_time() * 100)}"
    except psutil.NoSuchProcess:
        return f"{pid}-0"


def key_of(content: object) -> str:
    """sha256 of a JSON-able value, whatever the order of its fields."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
