"""The command line's frame: help, version, errors and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from installer.cli import main as cli
from installer.common.errors import ExitCode, InvalidInput, SlipwayError
from installer.common.paths import version
from installer.common.text import Text


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SLIPWAY_LANG", "en")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_version_prints_the_one_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == version()


def test_help_names_every_command_in_both_languages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for lang in ("en", "zh"):
        monkeypatch.setenv("SLIPWAY_LANG", lang)
        assert cli.main(["--help"]) == 0
        page = capsys.readouterr().out
        for name, (_, _, summary) in cli.COMMANDS.items():
            assert name in page
            assert getattr(summary, lang)[:10] in page


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--help"]) == 0
    assert f"slipway {name}" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["nonsense"], ["--nonsense"], ["demo", "--nodes", "many"], ["demo", "--nodes", "9"]])
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    assert cli.main(words) == ExitCode.USAGE


def failing(error: BaseException) -> type:
    """A stand-in module whose command raises."""

    def command() -> None:
        raise error

    return type("module", (), {"demo": staticmethod(command)})


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SlipwayError(Text(en="it broke", zh="坏了"), where="n1", fix=Text(en="mend it", zh="修")), ExitCode.FAILED),
        (SlipwayError(Text(en="it broke", zh="坏了"), code=ExitCode.BLOCKED), ExitCode.BLOCKED),
        (InvalidInput(Text(en="it broke", zh="坏了")), ExitCode.USAGE),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (ZeroDivisionError("it broke"), ExitCode.FAILED),
    ],
)
def test_an_error_is_words_and_a_code_never_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: ExitCode
) -> None:
    monkeypatch.setattr(cli.importlib, "import_module", lambda _: failing(error))
    assert cli.main(["demo"]) == code
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err + shown.out
    assert shown.err


def test_an_error_is_one_json_line_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = SlipwayError(Text(en="it broke", zh="坏了"), where="n1")
    monkeypatch.setattr(cli.importlib, "import_module", lambda _: failing(error))
    monkeypatch.setattr(cli, "_wants_json", lambda _: True)
    assert cli.main(["demo"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert shown["error"]["what"] == {"en": "it broke", "zh": "坏了"}
    assert shown["error"]["where"] == "n1"
