"""`lock.yaml`: the digests of upstream files. A file's digest is pinned when it is first seen and never changes by itself."""

from __future__ import annotations

import threading
from pathlib import Path

import yaml

from installer.common.files import write_atomic

_HEAD = "# Upstream file → sha256, pinned when it was first seen. Remove a line to pin that file anew.\n"


class Lock:
    """The pinned digests; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._guard = threading.Lock()
        self._pins: dict[str, str] = (yaml.safe_load(path.read_text()) if path.exists() else None) or {}

    def get(self, url: str) -> str | None:
        return self._pins.get(url)

    def pin(self, url: str, sha256: str) -> None:
        """Remember the digest, durably."""
        with self._guard:
            self._pins[url] = sha256
            write_atomic(self.path, _HEAD + yaml.safe_dump(dict(sorted(self._pins.items()))))
