"""Commands reach a running engine; what is no command is ignored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.engine import control
from installer.engine.control import Control, send


@pytest.fixture
def ear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Control]:
    monkeypatch.setattr(control, "POLL", 0.01)
    send(tmp_path, "abort")  # meant for an engine of the past
    one = Control(tmp_path)
    yield one
    one.close()


def test_commands_of_the_past_are_forgotten(ear: Control) -> None:
    assert not ear.abort.wait(0.05)


def test_abort_also_ends_a_pause(tmp_path: Path, ear: Control) -> None:
    ear.obey("pause")
    assert ear.paused
    send(tmp_path, "abort")
    assert ear.abort.wait(10)
    ear.wait_while_paused()


def test_resume_goes_on(tmp_path: Path, ear: Control) -> None:
    ear.obey("pause")
    send(tmp_path, "resume")
    ear.wait_while_paused()
    assert not ear.abort.is_set()


def test_what_is_no_command_is_ignored(tmp_path: Path, ear: Control) -> None:
    (tmp_path / "control.jsonl").write_text('nonsense\n{"command": "explode"}\n[]\n{"command": "abort"}\n{"comm')
    assert ear.abort.wait(10)
