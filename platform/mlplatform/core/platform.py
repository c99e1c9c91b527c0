"""What every part of the platform works with."""

from __future__ import annotations

from dataclasses import dataclass

from mlplatform.models.operator import Operator
from mlplatform.settings import Settings
from mlplatform.storage.blobs import BlobStore
from mlplatform.storage.database import Database
from mlplatform.tokens import Keyring


@dataclass(frozen=True)
class Platform:
    settings: Settings
    database: Database
    blobs: BlobStore
    keyring: Keyring
    operators: dict[str, Operator]
    images: dict[str, str]
    """References of images by name: those of the settings, and those that operators bring."""

    def image(self, name: str) -> str:
        """The full reference of an image that a system operator names."""
        return self.images.get(name, name)


def open_platform(settings: Settings) -> Platform:
    """Everything that the settings name, opened.

    Raises:
        InvalidDescription: an operator's description is wrong.
        OSError, ValueError: a file that the settings name is missing or not what it should be.
    """
    from mlplatform.models.load import load_operators
    from mlplatform.storage.blobs import FolderStore

    catalog = load_operators(settings.operators)
    return Platform(
        settings=settings,
        database=Database(settings.database_url, settings.database_password_file),
        blobs=FolderStore(settings.blobs),
        keyring=Keyring.load(settings.signing_key),
        operators=catalog.operators,
        images=catalog.images | settings.images,
    )
