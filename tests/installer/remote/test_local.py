"""Scripts on the machine itself: what every remote shares is tested here."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import IO

import pytest

from installer.common.errors import SlipwayError
from installer.models.node import NodeAccess
from installer.remote import LocalRemote, reach
from installer.remote.base import PATH
from installer.remote.orphans import MARK, end_orphans


class Here(LocalRemote):
    """As root or not: these tests need no rights."""

    def command(self, script: str) -> list[str]:
        return ["/bin/sh", "-c", script]


@pytest.fixture
def here() -> LocalRemote:
    return Here(NodeAccess(name="here", address="127.0.0.1", ssh=None))


def test_input_output_and_return_code(here: LocalRemote) -> None:
    done = here.run("cat; echo words >&2; exit 3", input=b"\x00bytes", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"\x00bytes", "words\n")


def test_the_search_path_is_the_same_everywhere(here: LocalRemote) -> None:
    assert here.run('echo "$PATH"').stdout.decode().strip() == PATH


def test_a_failing_script_is_an_error_with_its_words(here: LocalRemote) -> None:
    with pytest.raises(SlipwayError) as caught:
        here.run("echo 'no such thing' >&2; exit 7")
    assert caught.value.report.where == "here"
    assert (
        caught.value.report.why and "7" in caught.value.report.why.en and "no such thing" in caught.value.report.why.en
    )


def test_a_script_that_takes_too_long_is_ended_with_what_it_started(here: LocalRemote, tmp_path: Path) -> None:
    with pytest.raises(SlipwayError) as caught:
        here.run(f"sleep 600 & echo $! >{tmp_path}/pid; wait", timeout=0.5)
    assert "0 s" in caught.value.report.what.en or "1 s" in caught.value.report.what.en
    child = int((tmp_path / "pid").read_text())
    stat = Path(f"/proc/{child}/stat")
    assert not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_file_can_be_the_input(here: LocalRemote, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 5_000_000)
    with (tmp_path / "big").open("rb") as file:
        assert here.run("wc -c", input=file).stdout.strip() == b"5000000"


def test_a_stream_is_pushed_while_output_comes(here: LocalRemote) -> None:
    def write(stream: IO[bytes]) -> None:
        for _ in range(64):
            stream.write(b"y" * 65536)

    # More than a pipe holds, in both directions at once.
    assert len(here.push(write, "cat").stdout) == 64 * 65536


def test_a_script_that_ends_before_the_stream_says_why(here: LocalRemote) -> None:
    def write(stream: IO[bytes]) -> None:
        for _ in range(64):
            stream.write(b"y" * 65536)

    with pytest.raises(SlipwayError) as caught:
        here.push(write, "echo 'No space left on device' >&2; exit 1")
    assert caught.value.report.why and "No space left" in caught.value.report.why.en


def test_an_error_of_the_writer_is_passed_on_and_the_script_ended(here: LocalRemote) -> None:
    def write(stream: IO[bytes]) -> None:
        raise ValueError("the bundle is damaged")

    with pytest.raises(ValueError, match="damaged"):
        here.push(write, "cat")


def test_reach_tells_each_node_that_fails(here: LocalRemote) -> None:
    class Broken(Here):
        def command(self, script: str) -> list[str]:
            return ["/bin/sh", "-c", "exit 9"]

    broken = Broken(NodeAccess(name="broken", address="127.0.0.1", ssh=None))
    assert list(reach([here, broken])) == ["broken"]


def test_marked_processes_are_ended_and_no_others(here: LocalRemote, tmp_path: Path) -> None:
    environment = os.environ | {MARK: str(tmp_path)}
    ours = subprocess.Popen(["sleep", "600"], env=environment)
    stubborn = subprocess.Popen(
        ["/bin/sh", "-c", "trap '' TERM; echo; sleep 600"], env=environment, stdout=subprocess.PIPE
    )
    theirs = subprocess.Popen(["sleep", "600"], env=os.environ | {MARK: "/another.run"})
    assert stubborn.stdout and stubborn.stdout.read(1)  # the trap is set
    try:
        assert {ours.pid, stubborn.pid} <= set(end_orphans(here, tmp_path))
        assert ours.wait(timeout=10) < 0 and stubborn.wait(timeout=10) < 0
        assert theirs.poll() is None
        assert end_orphans(here, tmp_path) == []
    finally:
        theirs.kill()
        theirs.wait()
