"""Where things are: the product's own folders and the user's."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The product's folder: of a checkout, or of the installer runtime in a bundle."""


def version() -> str:
    """The product's version, from the one file that says it."""
    return (ROOT / "VERSION").read_text().strip()


def cache() -> Path:
    """The user's cache folder: packed artifacts, virtual environments. Safe to delete."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "slipway"


def state() -> Path:
    """The user's state folder: labs and the demo's site. Not safe to delete while they run."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "slipway"
