"""Files: whatever is done to a tree, undo brings it back to the same lines, from what the fingerprint kept."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installer.fingerprint.agent import undo_files
from installer.fingerprint.agent.compare import Difference, covered, differences
from installer.fingerprint.agent.files import SMALL, FileReader
from installer.fingerprint.agent.state import State
from installer.fingerprint.agent.work import Work


class Tree:
    """A watched folder, and beside it a folder of trees."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.deep, self.shallow, self.kept = home / "deep", home / "shallow", home / "own/kept"
        self.deep.mkdir()
        self.shallow.mkdir()

    def read(self, keep: list[str] | None = None) -> State:
        reader = FileReader(str(self.kept), keep or [], deep=[str(self.deep)], shallow=[str(self.shallow)])
        files = reader.read()
        return State({"files": files}, reader.contents)

    def undo(self, before: State) -> tuple[list[Difference], dict[tuple[str, str], str]]:
        """Put back; returns what still differs, and the reasons."""
        now = self.read()
        work = Work(before, now, list(differences(before.sections, now.sections)))
        undo_files.restore_files(work)
        return list(differences(before.sections, self.read().sections)), work.reasons


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    monkeypatch.setattr(undo_files, "KEPT", str(tmp_path / "own/kept"))
    return Tree(tmp_path)


def test_lines(tree: Tree) -> None:
    (tree.deep / "a").write_text("x")
    (tree.deep / "a").chmod(0o640)
    (tree.deep / "to").symlink_to("../nowhere else")
    os.mkfifo(tree.deep / "pipe", 0o600)
    (tree.shallow / "empty").mkdir(mode=0o755)
    (tree.shallow / "used/inside").mkdir(parents=True)
    uid, gid = os.getuid(), os.getgid()
    lines = {Path(path).name: line for path, line in tree.read().sections["files"].items()}
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert lines == {
        "deep": f"folder 0755 {uid}:{gid}",
        "a": f"file 0640 {uid}:{gid} 1 sha256:{digest}",
        "to": f"link {uid}:{gid} ../nowhere else",
        "pipe": f"fifo 0600 {uid}:{gid}",
        "empty": f"tree 0755 {uid}:{gid} empty",
        "used": f"tree 0755 {uid}:{gid} used",
    }


def test_only_what_everybody_may_read_travels(tree: Tree) -> None:
    (tree.deep / "public").write_text("x")
    (tree.deep / "secret").write_text("y")
    (tree.deep / "secret").chmod(0o600)
    assert list(tree.read().contents) == [str(tree.deep / "public")]


def test_private_and_large_files_come_back_from_the_copy_on_the_node(tree: Tree) -> None:
    secret, large = tree.deep / "secret", tree.deep / "large"
    secret.write_text("password")
    secret.chmod(0o600)
    large.write_bytes(os.urandom(3 * SMALL))
    content = large.read_bytes()
    before = tree.read([f"{tree.deep}/*"])
    assert tree.kept.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in tree.kept.iterdir())
    secret.write_text("another")
    large.unlink()
    assert tree.undo(before) == ([], {})
    assert (secret.read_text(), large.read_bytes()) == ("password", content)


def test_what_came_later_is_not_copied_but_earlier_copies_still_count(tree: Tree) -> None:
    (tree.deep / "theirs").write_bytes(os.urandom(2 * SMALL))
    tree.read([f"{tree.deep}/*"])
    (tree.deep / "ours").write_bytes(os.urandom(2 * SMALL))
    later = tree.read([f"{tree.deep}/*"])
    assert set(later.contents) == {str(tree.deep / "theirs")}
    assert len(list(tree.kept.iterdir())) == 2  # the copy and the index


def test_a_path_of_ours_elsewhere_is_watched_from_the_first_reading_on(tree: Tree) -> None:
    volumes = tree.home / "data/slipway/volumes"
    touches = {"files": [str(volumes)]}
    before = tree.read(touches["files"])
    (volumes / "pvc-1").mkdir(parents=True)
    now = tree.read()
    assert now.sections["files"][str(volumes)].endswith(" used")
    todo = list(differences(before.sections, now.sections))
    assert all(covered(touches, difference) for difference in todo)
    assert tree.undo(before) == ([], {})
    assert not (tree.home / "data").exists()


def test_a_folder_on_the_way_stays_when_somebody_else_uses_it(tree: Tree) -> None:
    volumes = tree.home / "data/slipway"
    before = tree.read([str(volumes)])
    volumes.mkdir(parents=True)
    (tree.home / "data/theirs").write_text("x")
    left, reasons = tree.undo(before)
    assert [d.key for d in left] == [str(tree.home / "data")]
    assert "not empty" in reasons[("files", str(tree.home / "data"))]
    assert (tree.home / "data/theirs").exists()


def test_a_lost_content_is_told(tree: Tree) -> None:
    secret = tree.deep / "secret"
    secret.write_text("password")
    secret.chmod(0o600)
    before = tree.read()
    secret.write_text("another")
    left, reasons = tree.undo(before)
    assert [d.key for d in left] == [str(secret)]
    assert "not kept" in reasons[("files", str(secret))]
    assert secret.read_text() == "another"  # and nothing was destroyed


def test_a_change_in_the_middle_of_a_large_file_is_seen(tree: Tree) -> None:
    large = tree.deep / "large"
    large.write_bytes(bytes(5 * SMALL))
    before = tree.read().sections
    with large.open("r+b") as file:
        file.seek(2 * SMALL + 7)
        file.write(b"x")
    assert [d.key for d in differences(before, tree.read().sections)] == [str(large)]


def test_a_tree_that_was_empty_is_emptied_and_stays_the_same_folder(tree: Tree) -> None:
    data = tree.shallow / "etcd"
    data.mkdir(mode=0o700)
    before, inode = tree.read(), data.stat().st_ino
    (data / "member/snap").mkdir(parents=True)
    (data / "member/snap/db").write_bytes(b"x")
    assert tree.undo(before) == ([], {})
    assert data.stat().st_ino == inode
    assert list(data.iterdir()) == []


def test_a_mode_alone_needs_no_content(tree: Tree) -> None:
    secret = tree.deep / "secret"
    secret.write_text("x")
    secret.chmod(0o600)
    before = tree.read()
    secret.chmod(0o644)
    assert tree.undo(before) == ([], {})


def test_an_extended_attribute_comes_back(tree: Tree) -> None:
    file = tree.deep / "tool"
    file.write_text("x")
    try:
        os.setxattr(file, "user.origin", b"\x00customer")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    before = tree.read()
    os.removexattr(file, "user.origin")
    os.setxattr(file, "user.ours", b"1")
    assert tree.undo(before) == ([], {})
    assert os.listxattr(file) == ["user.origin"]


def test_a_socket_that_is_gone_is_told(tree: Tree) -> None:
    path = tree.deep / "s"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        before = tree.read()
    path.unlink()
    left, reasons = tree.undo(before)
    assert len(left) == 1
    assert "cannot be made again" in reasons[("files", str(path))]


NAMES = st.sampled_from([b"a", b"b.conf", b"with space", "umläut".encode(), b"odd\xff\xfe", b"line\nbreak", b"-rf"])
CONTENTS = {"none": b"", "x": b"x", "full": bytes(SMALL), "over": bytes(SMALL + 1), "large": b"y" * (2 * SMALL + 9)}
MODES = st.sampled_from([0o600, 0o644, 0o755, 0o4755])


def _write(path: bytes, content: str, mode: int) -> None:
    # Without O_NONBLOCK a named pipe would wait for its reader.
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK)
    with os.fdopen(fd, "wb") as file:
        file.write(CONTENTS[content])
    os.chmod(path, mode)


ACTIONS: list[Callable[[bytes, str, int], None]] = [
    _write,
    lambda path, content, mode: os.mkdir(path, mode),
    lambda path, content, mode: os.symlink(content, path),
    lambda path, content, mode: os.mkfifo(path, mode),
    lambda path, content, mode: os.unlink(path),
    lambda path, content, mode: os.rmdir(path),
    lambda path, content, mode: os.chmod(path, mode),
    lambda path, content, mode: os.rename(path, path + b".moved"),
]
Step = tuple[int, list[bytes], str, int]
STEP = st.tuples(
    st.sampled_from(range(len(ACTIONS))),
    st.lists(NAMES, min_size=1, max_size=3),
    st.sampled_from(sorted(CONTENTS)),
    MODES,
)


def _act(root: Path, steps: list[Step]) -> None:
    for number, names, content, mode in steps:
        path = os.path.join(os.fsencode(root), *names)
        try:
            if not os.path.islink(path) or number >= 4:
                ACTIONS[number](path, content, mode)
        except OSError:
            continue  # it does not fit what is there


@settings(max_examples=150, deadline=None)
@given(made=st.lists(STEP, max_size=12), changed=st.lists(STEP, max_size=12))
def test_any_change_of_any_tree_is_undone(made: list[Step], changed: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(undo_files, "KEPT", f"{name}/own/kept")
        tree = Tree(Path(name))
        _act(tree.deep, made)
        before = tree.read(["*"])
        _act(tree.deep, changed)
        assert tree.undo(before) == ([], {})
