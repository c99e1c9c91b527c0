"""Sending a stored file."""

from __future__ import annotations

from fastapi.responses import StreamingResponse

from mlplatform.core.platform import Platform
from mlplatform.storage.tables import ArtifactFile


def send_file(platform: Platform, file: ArtifactFile) -> StreamingResponse:
    """The file's content as bytes that no browser interprets."""
    headers = {"Content-Length": str(file.size)}
    return StreamingResponse(platform.blobs.get(file.digest), media_type="application/octet-stream", headers=headers)
