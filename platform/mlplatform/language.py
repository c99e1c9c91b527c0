"""The language of what a command prints."""

from __future__ import annotations

import os


def of_terminal() -> str:
    """The locale's name, as `Text.of` takes it: the first of the usual variables that is set."""
    return next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "en")


def is_chinese(language: str) -> bool:
    """Whether a locale's name, or the first of an Accept-Language header, asks for Chinese; everything else gets English."""
    return language.lower().startswith("zh")
