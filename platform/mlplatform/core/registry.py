"""What nodes pull of users' images: the manifest and blobs of the one image that a running workload runs in."""

from __future__ import annotations

from mlplatform.core import workers
from mlplatform.core.operators import REPOSITORY
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem
from mlplatform.models.base import Text
from mlplatform.storage.tables import StoredImage
from mlplatform.tokens import Worker


async def image(platform: Platform, worker: Worker, repository: str) -> StoredImage:
    """The image of the worker's own workload.

    Args:
        repository: the path under which it is asked for.

    Raises:
        Problem: 404 for any other than its own, 410 when it is not to run any more.
    """
    _, spec = await workers.load(platform, worker)
    path, _, digest = spec.image.removeprefix(f"{platform.settings.registry}/").partition("@sha256:")
    if path != repository or not repository.startswith(f"{REPOSITORY}/"):
        raise unknown("NAME_UNKNOWN", repository)
    async with platform.database.transaction() as session:
        found = await session.get(StoredImage, digest)
    if found is None:
        raise unknown("MANIFEST_UNKNOWN", digest)
    return found


def unknown(code: str, what: str) -> Problem:
    """404. `code` is the OCI distribution specification's."""
    return Problem(404, code.lower(), Text(en="There is no such image here.", zh="此处没有该镜像。"), what)
