"""The folder of a site's secrets."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from installer.common.files import write_atomic


class SecretStore:
    """Files of mode 0600 in a folder of mode 0700. What exists is never replaced: a retry finds what the first try made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)

    def path(self, name: str) -> Path:
        return self.folder / name

    def get_or_make(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The secret called `name`, made and stored durably at the first call."""
        path = self.path(name)
        if not path.exists():
            write_atomic(path, make(), mode=0o600)
        return path.read_bytes()

    def password(self, name: str) -> str:
        """A password of 256 bits, safe in URLs and shells."""
        return self.get_or_make(name, lambda: secrets.token_urlsafe(32).encode()).decode()

    def put(self, name: str, content: bytes) -> Path:
        """Store a secret that came from elsewhere (the cluster's admin.conf, say), replacing an older one."""
        write_atomic(self.path(name), content, mode=0o600)
        return self.path(name)
