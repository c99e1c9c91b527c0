"""One engine per site; a lock is gone the moment its holder is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from installer.common.errors import SlipwayError
from installer.common.paths import ROOT
from installer.engine.lock import EngineLock, holder, is_held

HOLD = """
import sys, signal
from pathlib import Path
from installer.engine.lock import EngineLock
with EngineLock(Path(sys.argv[1])):
    print("held", flush=True)
    signal.pause()
"""


def hold(run_dir: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(run_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "held\n"
    return process


def test_a_second_engine_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    process = hold(tmp_path)
    try:
        who = holder(tmp_path)
        assert who and who.pid == process.pid
        with pytest.raises(SlipwayError) as caught, EngineLock(tmp_path):
            pass
        assert str(process.pid) in str(caught.value) and who.host in str(caught.value)
    finally:
        process.kill()
        process.wait()


def test_the_lock_of_a_killed_engine_is_taken_over(tmp_path: Path) -> None:
    process = hold(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not is_held(tmp_path) and holder(tmp_path) is None
    with EngineLock(tmp_path):
        who = holder(tmp_path)
        assert who and who.pid == os.getpid()
    assert not is_held(tmp_path)


def test_asking_does_not_take_the_lock(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    with EngineLock(tmp_path):
        assert is_held(tmp_path)
        with pytest.raises(SlipwayError), EngineLock(tmp_path):
            pass
        assert is_held(tmp_path), "a refused engine must not drop the other's lock"
