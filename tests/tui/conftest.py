from __future__ import annotations

from collections.abc import Iterator

import pytest

from installer.common.text import Language, use_language


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Every test begins in English, and leaves no language behind."""
    use_language("en")
    yield
    use_language(None)


@pytest.fixture(params=["en", "zh"])
def lang(request: pytest.FixtureRequest) -> Language:
    """A test that runs once in each language."""
    use_language(request.param)
    language: Language = request.param
    return language
