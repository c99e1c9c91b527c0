"""The bundle's files and images over the connection to a node: verified there, and only what is not there yet."""

from installer.deliver.files import deliver_files
from installer.deliver.images import import_images

__all__ = ["deliver_files", "import_images"]
