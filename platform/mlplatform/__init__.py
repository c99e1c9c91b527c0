"""The machine-learning platform: API, scheduler, executors. Knows nothing of the installer and runs without it."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
"""Where the package's companions lie: `operators/` and `web/`."""


def _version() -> str:
    """The one of the VERSION file, which is beside the package in an image and beside `platform/` in the repository."""
    for folder in (HOME, HOME.parent):
        if (file := folder / "VERSION").is_file():
            return file.read_text().strip()
    try:
        return version("mlplatform")
    except PackageNotFoundError:
        return "0"


__version__ = _version()
