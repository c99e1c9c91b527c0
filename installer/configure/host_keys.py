"""Host keys as people compare them."""

from __future__ import annotations

import base64
import hashlib


def fingerprint(key: str) -> str:
    """`SHA256:…` of a public key line, as ssh-keygen -l prints it."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
