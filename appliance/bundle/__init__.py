"""The bundle: one folder with everything that is laid down at a site, content-addressed and signed."""

from appliance.bundle.models import Blob, Component, FileEntry, ImageEntry, Manifest, Role
from appliance.bundle.reader import Bundle, open_bundle
from appliance.bundle.verify import Flaw, verify

__all__ = [
    "Blob",
    "Bundle",
    "Component",
    "FileEntry",
    "Flaw",
    "ImageEntry",
    "Manifest",
    "Role",
    "open_bundle",
    "verify",
]
