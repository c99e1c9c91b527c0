"""Texts: the language follows the environment; filling reaches into texts given as values; both languages agree."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.common.paths import ROOT
from installer.common.text import Text, language, use_language

PLACES = ("SLIPWAY_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "SLIPWAY_LANG": "zh"}, "zh"),
    ],
)
def test_language_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    use_language(None)
    for name in PLACES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language() == expected


def test_a_text_inside_a_text_is_filled_in_its_own_language() -> None:
    inner = Text(en="disk", zh="磁盘")
    assert Text(en="no {what}", zh="没有{what}").format(what=inner) == Text(en="no disk", zh="没有磁盘")


def texts_in_the_code() -> Iterator[tuple[str, str, str]]:
    """Every `Text(en="…", zh="…")` written in our packages, as (place, en, zh)."""
    for package in ("installer", "appliance", "tui"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text"):
                    continue
                words = {
                    k.arg: k.value.value
                    for k in node.keywords
                    if isinstance(k.value, ast.Constant) and isinstance(k.value.value, str)
                }
                if {"en", "zh"} <= words.keys():
                    place = f"{path.relative_to(ROOT)}:{node.lineno}"
                    yield place, words["en"], words["zh"]


def places_of(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_both_languages_of_every_text_have_the_same_places() -> None:
    checked = 0
    for place, en, zh in texts_in_the_code():
        assert places_of(en) == places_of(zh), f"{place}: the languages have different places"
        assert en.strip(), f"{place}: nothing is said in English"
        assert zh.strip(), f"{place}: nothing is said in Chinese"
        checked += 1
    assert checked > 50


def test_no_package_registry_is_named_anywhere() -> None:
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "proxy.golang" + ".org", "npmjs" + ".org", "deb.debian" + ".org"]
    for path in ROOT.rglob("*"):
        if path.suffix in {".py", ".yaml", ".yml", ".lock", ".in", ".md", ".sh", ".toml", ".j2"} and path.is_file():
            content = path.read_text(errors="ignore")
            assert not [host for host in hosts if host in content], path


def test_version_is_one_line() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", Path(ROOT / "VERSION").read_text())
