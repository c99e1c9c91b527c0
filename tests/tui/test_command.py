"""The command that opens the wizard."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.cli import tui as command
from installer.cli.main import main
from installer.common.errors import ExitCode
from tui.app import SlipwayApp


def test_without_a_terminal_it_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tui"]) == ExitCode.USAGE
    assert "slipway check, configure, plan, install" in capsys.readouterr().err


@pytest.fixture
def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "on_a_terminal", lambda: True)


@pytest.mark.usefixtures("on_a_terminal")
def test_a_wrong_site_file_is_told_before_anything_opens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("kind: Site\nnods: []\n")
    assert main(["tui", "--site", str(site)]) == ExitCode.USAGE
    assert "nods" in capsys.readouterr().err


@pytest.mark.usefixtures("on_a_terminal")
def test_a_fault_of_ours_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(SlipwayApp, "run", lambda self: setattr(self, "_exception", ZeroDivisionError("ours")))
    assert main(["tui", "--site", str(tmp_path / "site.yaml")]) == ExitCode.FAILED
    assert "crash.log" in capsys.readouterr().err
    assert "ZeroDivisionError: ours" in (tmp_path / "slipway/crash.log").read_text()
