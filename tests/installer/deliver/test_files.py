"""Delivery, with this machine's shell in the place of a node and a folder in the place of its root."""

from __future__ import annotations

import hashlib
import io
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from installer.common.errors import SlipwayError
from installer.deliver import deliver_files, import_images
from installer.models.node import NodeAccess
from installer.remote import Remote


class Shell(Remote):
    """Runs scripts here; remembers how often a stream was pushed."""

    pushed = 0

    def command(self, script: str) -> list[str]:
        return ["/bin/sh", "-c", script]

    def push(self, *args, **options):
        self.pushed += 1
        return super().push(*args, **options)


@dataclass
class Content:
    """What deliver needs of a bundle."""

    content: dict[str, bytes]
    lie: str = ""
    images: dict[str, SimpleNamespace] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, SimpleNamespace]:
        return {
            name: SimpleNamespace(digest="sha256:" + hashlib.sha256(data).hexdigest(), size=len(data), mode=0o755)
            for name, data in self.content.items()
        }

    @contextmanager
    def open_file(self, name: str):
        data = self.content[name]
        yield io.BytesIO(data if name != self.lie else b"x" * len(data))

    def write_oci_layout(self, references, stream) -> None:
        stream.write(b"archive of " + " ".join(references).encode())


@pytest.fixture
def shell() -> Shell:
    return Shell(NodeAccess(name="here", address="127.0.0.1", ssh=None))


def places(folder: Path) -> dict[str, str]:
    return {"bin/one": str(folder / "bin/one"), "bin/two": str(folder / "lib/deep/two")}


def test_files_arrive_and_a_second_delivery_moves_nothing(shell: Shell, tmp_path: Path) -> None:
    bundle = Content({"bin/one": b"1" * 3_000_000, "bin/two": b"2"})
    assert sorted(deliver_files(shell, bundle, places(tmp_path))) == sorted(places(tmp_path).values())
    assert (tmp_path / "bin/one").read_bytes() == b"1" * 3_000_000
    assert (tmp_path / "lib/deep/two").stat().st_mode & 0o777 == 0o755
    assert deliver_files(shell, bundle, places(tmp_path)) == []
    assert shell.pushed == 1


@pytest.mark.parametrize("harm", ["content", "mode", "absence", "link"])
def test_only_what_is_not_right_is_brought_again(shell: Shell, tmp_path: Path, harm: str) -> None:
    bundle = Content({"bin/one": b"1", "bin/two": b"2"})
    deliver_files(shell, bundle, places(tmp_path))
    path = tmp_path / "bin/one"
    if harm == "content":
        path.write_bytes(b"other")
    elif harm == "mode":
        path.chmod(0o600)
    else:
        path.unlink()
        if harm == "link":
            path.symlink_to(tmp_path / "lib/deep/two")
    assert deliver_files(shell, bundle, places(tmp_path)) == [str(path)]
    assert path.read_bytes() == b"1" and not path.is_symlink()
    assert (tmp_path / "lib/deep/two").read_bytes() == b"2", "what a link pointed at is left alone"


def test_what_does_not_match_its_digest_never_takes_its_place(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/one").write_bytes(b"before")
    bundle = Content({"bin/one": b"1" * 100, "bin/two": b"2" * 100}, lie="bin/two")
    with pytest.raises(SlipwayError) as caught:
        deliver_files(shell, bundle, places(tmp_path))
    assert caught.value.report.where == "here"
    assert caught.value.report.why and "digest" in caught.value.report.why.en
    assert (tmp_path / "bin/one").read_bytes() == b"before"
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["one"], "no temporary file is left"


def test_a_full_disk_says_so_and_what_to_do(shell: Shell, tmp_path: Path) -> None:
    bundle = Content({"bin/one": b"1" * 100_000})
    script = shell.command

    def small_files_only(words: str) -> list[str]:
        # a limit on the size of files stands in for a full disk: the write fails half-way
        return script(f"ulimit -f 8; trap '' XFSZ; {words}")

    shell.command = small_files_only  # type: ignore[method-assign]
    with pytest.raises(SlipwayError) as caught:
        deliver_files(shell, bundle, {"bin/one": str(tmp_path / "one")})
    assert caught.value.report.why and "File too large" in caught.value.report.why.en
    assert list(tmp_path.iterdir()) == []


LISTING = """\
REF                           TYPE                                       DIGEST      SIZE      PLATFORMS   LABELS
registry.k8s.io/pause:3.10.2  application/vnd.oci.image.manifest.v1+json sha256:aaaa 348.7 KiB linux/amd64 -
sha256:1911                   application/vnd.oci.image.manifest.v1+json sha256:aaaa 348.7 KiB linux/amd64 -
"""


def containerd(folder: Path, code: int = 0, words: str = "") -> None:
    """A `ctr` that lists one image and keeps what it is given to import."""
    folder.mkdir()
    (folder / "listing").write_text(LISTING)
    ctr = folder / "ctr"
    ctr.write_text(
        f'#!/bin/sh\ncase "$*" in *list*) cat {folder}/listing;; '
        f'*) echo "$*" > {folder}/arguments; cat > {folder}/stream; echo "{words}" >&2; exit {code};; esac\n'
    )
    ctr.chmod(0o755)


@pytest.fixture
def node(tmp_path: Path, shell: Shell) -> Shell:
    script = shell.command
    shell.command = lambda words: script(f"{words.replace('ctr ', f'{tmp_path}/node/ctr ')}")  # type: ignore[method-assign]
    return shell


IMAGES = {
    "registry.k8s.io/pause:3.10.2": SimpleNamespace(digest="sha256:aaaa"),
    "registry.k8s.io/etcd:3.7.0-0": SimpleNamespace(digest="sha256:bbbb"),
}


def test_only_images_that_containerd_lacks_are_streamed(node: Shell, tmp_path: Path) -> None:
    containerd(tmp_path / "node")
    bundle = Content({}, images=IMAGES)
    assert import_images(node, bundle, list(IMAGES)) == ["registry.k8s.io/etcd:3.7.0-0"]
    assert (tmp_path / "node/stream").read_text() == "archive of registry.k8s.io/etcd:3.7.0-0"
    assert "io.cri-containerd.pinned=pinned" in (tmp_path / "node/arguments").read_text()
    assert import_images(node, bundle, ["registry.k8s.io/pause:3.10.2"]) == []


def test_an_image_of_the_same_name_and_another_digest_is_replaced(node: Shell, tmp_path: Path) -> None:
    containerd(tmp_path / "node")
    bundle = Content({}, images={"registry.k8s.io/pause:3.10.2": SimpleNamespace(digest="sha256:cccc")})
    assert import_images(node, bundle, list(bundle.images)) == ["registry.k8s.io/pause:3.10.2"]


def test_containerd_refusing_is_told_in_its_words(node: Shell, tmp_path: Path) -> None:
    containerd(tmp_path / "node", code=1, words="ctr: no space left on device")
    with pytest.raises(SlipwayError) as caught:
        import_images(node, Content({}, images=IMAGES), list(IMAGES))
    assert caught.value.report.why and "no space left" in caught.value.report.why.en
