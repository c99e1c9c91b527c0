"""Bytes that the API takes and gives as they are: stored files."""

from __future__ import annotations

from typing import Any

from fastapi.responses import StreamingResponse

from mlplatform.core.platform import Platform
from mlplatform.storage.tables import ArtifactFile

MAX_UPLOAD = 1 << 50
"""Bytes; files go to the volume piece by piece, so that is the limit."""
_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
FILE: dict[int | str, dict[str, Any]] = {200: {"description": "The file's bytes", "content": _BYTES}}
"""How a route that sends a file is described."""
UPLOAD: dict[str, Any] = {"requestBody": {"required": True, "content": _BYTES}}
"""How one that takes a file as its body is."""
ARCHIVE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/x-tar": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""How one that takes an archive is."""


def send_file(platform: Platform, file: ArtifactFile) -> StreamingResponse:
    """The file's content as bytes that no browser interprets."""
    headers = {"Content-Length": str(file.size)}
    return StreamingResponse(platform.blobs.get(file.digest), media_type="application/octet-stream", headers=headers)
