"""The runner's checkpoints: whole, settled, not too often, and given back as they were."""

from __future__ import annotations

import io
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from mlplatform import HOME

sys.path.insert(0, str(HOME / "operators"))

import runner


class Platform:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def call(self, method: str, path: str, body: Any, length: int) -> None:
        assert (method, path) == ("PUT", "/checkpoint")
        body.seek(0)
        self.sent.append(body.read())
        assert len(self.sent[-1]) == length

    def fetch(self, path: str, target: Any) -> None:
        assert path == "/checkpoint"
        target.write(self.sent[-1])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "task/checkpoint").mkdir(parents=True)
    return tmp_path / "task/checkpoint"


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(runner.time, "monotonic", lambda: now[0])
    return now


def names(archive: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return tar.getnames()


def test_only_what_has_settled_is_sent_and_not_too_often(folder: Path, platform: Platform, clock: list[float]) -> None:
    checkpoint = runner.Checkpoint(platform, folder)
    checkpoint.send()
    assert platform.sent == []  # there is nothing
    (folder / "step").write_text("1")
    checkpoint.send()
    assert platform.sent == []  # it has just changed
    checkpoint.send()
    checkpoint.send()
    assert len(platform.sent) == 1  # once
    (folder / "step").write_text("22")
    checkpoint.send()
    checkpoint.send()
    assert len(platform.sent) == 1  # too early
    clock[0] += runner.CHECKPOINT
    checkpoint.send()
    assert len(platform.sent) == 2
    (folder / "step").write_text("333")
    checkpoint.send(last=True)
    assert len(platform.sent) == 3  # at the end nothing waits


def test_a_task_that_succeeded_needs_none(folder: Path, platform: Platform) -> None:
    checkpoint = runner.Checkpoint(platform, folder)
    (folder / "step").write_text("1")
    checkpoint.wanted = False
    checkpoint.send(last=True)
    assert platform.sent == []


def test_it_comes_back_as_it_was_and_is_not_sent_again(folder: Path, platform: Platform, tmp_path: Path) -> None:
    (folder / "deep").mkdir()
    first = runner.Checkpoint(platform, folder)
    (folder / "deep/weights").write_bytes(bytes(range(256)))
    (folder / "secret").symlink_to("/etc/hostname")
    first.send(last=True)
    assert names(platform.sent[0]) == ["deep/weights"]  # links stay behind
    other = tmp_path / "again/checkpoint"
    other.mkdir(parents=True)
    second = runner.Checkpoint(platform, other)
    second.restore()
    assert (other / "deep/weights").read_bytes() == bytes(range(256))
    second.send(last=True)
    assert len(platform.sent) == 1


def test_a_file_that_goes_away_meanwhile_stops_nothing(
    folder: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = runner.Checkpoint(platform, folder)
    monkeypatch.setattr(checkpoint, "_look", lambda: [("gone", 1, 1)])
    checkpoint.send(last=True)
    assert platform.sent == [] and "checkpoint not sent" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../outside", "/etc/outside"])
def test_a_member_that_would_leave_the_folder_is_refused(folder: Path, platform: Platform, name: str) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    platform.sent.append(out.getvalue())
    with pytest.raises(OSError, match="strange member"):
        runner.Checkpoint(platform, folder).restore()
