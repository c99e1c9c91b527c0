from __future__ import annotations

import pytest

from installer.cli.lab import parse_size
from installer.cli.main import main
from installer.common.errors import ExitCode, InvalidInput


@pytest.mark.parametrize(
    ("words", "size"), [("512", 512), ("1k", 1024), ("512M", 512 << 20), ("4G", 4 << 30), ("4GiB", 4 << 30)]
)
def test_sizes(words, size):
    assert parse_size(words) == size


@pytest.mark.parametrize("words", ["", "4X", "G", "-1G", "1.5G"])
def test_what_is_no_size(words):
    with pytest.raises(InvalidInput):
        parse_size(words)


def test_a_wrong_name_is_wrong_usage(capsys):
    assert main(["lab", "up", "NO NAME"]) == ExitCode.USAGE
    assert "is no name for a lab" in capsys.readouterr().err


def test_down_of_nothing_is_no_error(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("appliance.lab.lab.shutil.which", lambda program: None)
    assert main(["lab", "down", "ghost"]) == ExitCode.GOOD
    assert "no lab called ghost" in capsys.readouterr().err
    assert main(["lab", "list", "--json"]) == ExitCode.GOOD
    assert capsys.readouterr().out == "[]\n"
