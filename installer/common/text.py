"""Texts that people read, in every language the product speaks.

A text stands beside the code that uses it, with both languages in one place: no key can be missing and no translation
can be forgotten, because the type demands both. The named catalogues are the modules called `texts.py`.
"""

from __future__ import annotations

import locale
import os
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

Language = Literal["en", "zh"]
_chosen: Language | None = None


class Text(BaseModel):
    """One message in every language; `{name}` places are filled by `Text.format`."""

    model_config = ConfigDict(frozen=True)

    en: str
    zh: str

    def format(self, **values: object) -> Text:
        """Return the text with its places filled; a value that is itself a Text is filled per language."""
        return Text(**{lang: _fill(getattr(self, lang), lang, values) for lang in get_args(Language)})

    def __str__(self) -> str:
        return str(getattr(self, language()))

    @classmethod
    def same(cls, words: str) -> Text:
        """A text that reads the same in every language: a path, a command, the output of a program."""
        return cls(en=words, zh=words)


def _fill(template: str, lang: str, values: dict[str, object]) -> str:
    return template.format(**{k: getattr(v, lang) if isinstance(v, Text) else v for k, v in values.items()})


def language() -> Language:
    """The language in use: what `use_language` set, else SLIPWAY_LANG, else the locale's; English when in doubt."""
    if _chosen:
        return _chosen
    for name in ("SLIPWAY_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "zh" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


def use_language(lang: Language | None) -> None:
    """Set the language for this process; None goes back to the environment's."""
    global _chosen
    _chosen = lang
