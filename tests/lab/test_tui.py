"""The wizard on a real terminal and a real machine: installed, left and found again, killed, retried, taken back.

The terminal is tmux's, so what is asserted is what a person would see. One machine goes through all of it in order;
each test starts where the one before ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance import lab as labs
from installer.common.paths import ROOT
from installer.engine import follow, holder, look, run_dir_of
from installer.models.journal import StepChanged

pytestmark = pytest.mark.timeout(3600)
INSTALLED = 1800
"""Seconds that an installation may take on a machine with two tired cores."""
POLL = 0.2
"""Seconds between two looks at another process's screen, which tells nobody when it changes."""


class Terminal:
    """A terminal of 80 × 24 with the wizard of one site in it."""

    def __init__(self, folder: Path, machines: labs.Lab, bundle: Path) -> None:
        self.folder = folder
        self.machines = machines
        self.bundle = bundle
        self.site = folder / "site.yaml"
        self.run_dir = run_dir_of(self.site)
        self._openings = 0

    def open(self, language: str = "en") -> None:
        """Open the wizard, as `slipway` without a command does."""
        self._openings += 1
        wizard = f"cd {self.folder} && SLIPWAY_LANG={language} PYTHONPATH={ROOT} {sys.executable} -m installer.cli"
        self._tmux("new-session", "-d", "-x", "80", "-y", "24", wizard)

    def shown(self, *options: str) -> str:
        return self._tmux("capture-pane", "-p", *options)

    def until(self, *words: str, seconds: float = 120, unless: str = "") -> str:
        """Wait until all of the words are on the screen, and `unless` never is; returns the screen."""
        deadline = time.monotonic() + seconds
        while not all(word in (screen := self.shown()) for word in ["", *words]):
            assert time.monotonic() < deadline, f"never shown: {words}\n{screen}"
            assert not unless or unless not in screen, screen
            time.sleep(POLL)
        print(screen)
        return screen

    def press(self, key: str, *words: str, seconds: float = 120) -> str:
        """Press a key, or type, and wait for what follows; without words, for any change: the focus is in the colours."""
        before = self.shown("-e")
        self._tmux("send-keys", key)
        deadline = time.monotonic() + seconds
        while not words and self.shown("-e") == before:
            assert time.monotonic() < deadline, f"{key} changed nothing\n{self.shown()}"
            time.sleep(POLL)
        return self.until(*words, seconds=seconds)

    def close(self) -> None:
        self._tmux("kill-server", check=False)

    def _tmux(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["tmux", "-S", self.folder / f"tmux{self._openings}", "-f", "/dev/null", *words],
            capture_output=True,
            text=True,
            check=check,
        )
        return done.stdout


@pytest.fixture(scope="module")
def terminal(
    lab: Callable[..., labs.Lab], bundle_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Terminal]:
    machines = lab(1)
    terminal = Terminal(tmp_path_factory.mktemp("tui"), machines, bundle_path)
    yield terminal
    terminal.close()
    if engine := holder(terminal.run_dir):
        os.kill(engine.pid, signal.SIGKILL)


def test_from_the_first_screen_to_a_run(terminal: Terminal) -> None:
    address = terminal.machines.nodes[0].address
    terminal.open()
    terminal.until("►1 Machines", "^n Next")
    terminal.press(f"root@{address}", f"root@{address}")
    terminal.press("Enter", f"n1                       root@{address}")
    for value in (str(terminal.machines.key), str(terminal.bundle)):
        terminal.press("Tab")
        terminal.press(value, value[-40:])
    terminal.press("Tab")
    terminal.press("Tab")  # past the site's name
    terminal.press("Enter", "lab: machines")
    terminal.press("Down")
    terminal.press("Enter", "lab: machines")
    terminal.press("C-n", "►2 Check", "✗ 0 must be mended", "good")
    terminal.press("C-n", "►3 Configure", "metadata.name")
    terminal.press("C-n", "►4 Plan", "about")
    assert not terminal.run_dir.joinpath("journal.jsonl").exists()
    terminal.press("C-n", "Install now?")
    terminal.press("y", "►5 Install", "Closing this window does not stop the run")


def test_the_run_outlives_the_terminal(terminal: Terminal) -> None:
    terminal.close()
    assert holder(terminal.run_dir), "the engine went with the terminal"
    terminal.open("zh")
    terminal.until("►5 安装", "关闭此窗口不会停止运行")
    terminal.press("F2", "►5 Install", "Closing this window does not stop the run")


def test_a_killed_engine_is_retried_to_the_end(terminal: Terminal) -> None:
    for event in follow(terminal.run_dir / "journal.jsonl"):
        if isinstance(event, StepChanged) and event.state == "running" and event.step == "nodes/n1/kubelet":
            break
    engine = holder(terminal.run_dir)
    assert engine
    os.kill(engine.pid, signal.SIGKILL)
    terminal.until("the engine stopped in the middle of its work", "Retry (r)")
    terminal.press("r", "Going on")
    terminal.until(
        "►6 Done", "https://", "Token, in", "Report", seconds=INSTALLED, unless="✗ failed"
    )  # a long path is broken into lines
    assert look(terminal.run_dir).complete


def test_everything_is_taken_back_with_its_proof(terminal: Terminal) -> None:
    terminal.press("Escape", "►5 Install", "Roll back everything (u)")
    terminal.press("u", "Take back everything")
    terminal.press("y", "✓ Everything has been taken back", "n1: equal to its first fingerprint", seconds=600)
    terminal.press("C-n", "►1 Machines")
    assert look(terminal.run_dir).clean
