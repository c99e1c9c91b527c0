"""OS packages: what is missing is said, asked for, installed; every refusal says what to do. The package tools are stand-ins on PATH."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from installer.common import ospackages
from installer.common.errors import SlipwayError
from installer.common.text import Text

WHY = Text(en="for the test", zh="为了测试")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with `tar` installed and `bc` removed but not purged; its apt-get notes what it is told and installs it."""
    tools = tmp_path / "bin"
    tools.mkdir()
    database = tmp_path / "dpkg"
    database.write_text("ii \ttar\nrc \tbc\n")
    write(tools / "dpkg-query", f"/bin/cat {database}")
    write(
        tools / "apt-get",
        f'echo "$@" >> {tmp_path}/calls; [ "$2" != install ] || for p in "$@"; do printf "ii \\t%s\\n" "$p" >> {database}; done',
    )
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


def write(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def calls(machine: Path) -> list[str]:
    return (machine / "calls").read_text().splitlines() if (machine / "calls").exists() else []


def test_a_package_removed_but_not_purged_is_missing(machine: Path) -> None:
    assert ospackages.missing(["bc", "tar", "bc"]) == ["bc"]


def test_yes_installs_what_is_missing_and_only_that(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ospackages.ensure(["tar", "bc"], yes=True, reason=WHY) == ["bc"]
    assert calls(machine) == ["-qq update", "-qq install -y --no-install-recommends bc"]
    assert "bc" in capsys.readouterr().err
    assert ospackages.ensure(["tar", "bc"], yes=True, reason=WHY) == []


def test_without_yes_and_without_a_terminal_nothing_is_installed(machine: Path) -> None:
    with pytest.raises(SlipwayError, match="missing: bc") as caught:
        ospackages.ensure(["bc"], yes=False, reason=WHY)
    assert "--yes" in str(caught.value)
    assert calls(machine) == []


def test_not_root_is_told_what_to_install(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SlipwayError) as caught:
        ospackages.ensure(["bc"], yes=True, reason=WHY)
    assert caught.value.report.fix is not None
    assert "bc" in caught.value.report.fix.en
    assert calls(machine) == []


def test_a_failing_apt_is_quoted(machine: Path) -> None:
    write(machine / "bin" / "apt-get", "echo 'E: Unable to locate package bc' >&2; exit 100")
    with pytest.raises(SlipwayError, match="apt-get update failed") as caught:
        ospackages.ensure(["bc"], yes=True, reason=WHY)
    assert "Unable to locate" in str(caught.value)


def test_a_machine_without_apt_is_told_so(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "bin" / "apt-get").unlink()
    monkeypatch.setenv("PATH", str(machine / "bin"))
    with pytest.raises(SlipwayError) as caught:
        ospackages.ensure(["bc"], yes=True, reason=WHY)
    assert caught.value.report.why is not None
    assert "no apt-get" in caught.value.report.why.en
