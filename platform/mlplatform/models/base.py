"""What every model shares."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from mlplatform.language import is_chinese

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]
"""A name that is also a DNS label with room for a prefix."""


class Model(BaseModel):
    """A model that refuses unknown fields: a typing error in a file or a request is an error, never silence."""

    model_config = ConfigDict(extra="forbid")


class Text(Model):
    """One message in both languages; `{name}` places are filled by `format`."""

    en: str
    zh: str

    def format(self, **values: object) -> Text:
        return Text(en=self.en.format(**values), zh=self.zh.format(**values))

    def of(self, language: str) -> str:
        """The text for an Accept-Language header or a locale's name: Chinese when that comes first, else English."""
        return self.zh if is_chinese(language) else self.en
