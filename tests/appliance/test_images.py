from __future__ import annotations

import io
import json
import os
import random
import tarfile
from pathlib import Path

import zstandard

from appliance.images import assemble, make_layer, tree
from appliance.images.layer import difference
from appliance.images.tree import EPOCH, Tree


def archive(*entries: tuple[str, bytes | str | None, int]) -> tarfile.TarFile:
    """(path, content or link target or None for a folder, mode)"""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path, content, mode in entries:
            info = tarfile.TarInfo(path)
            info.mode, info.mtime, info.uname = mode, random.randint(1, 10**9), "somebody"
            if content is None:
                info.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                hard = content.startswith("=")
                info.type, info.linkname = tarfile.LNKTYPE if hard else tarfile.SYMTYPE, content.removeprefix("=")
            else:
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    stream.seek(0)
    return tarfile.open(fileobj=stream)


def names(content: Tree) -> list[str]:
    return sorted(content)


def unpacked(path: Path) -> tarfile.TarFile:
    return tarfile.open(fileobj=io.BytesIO(zstandard.ZstdDecompressor().stream_reader(path.open("rb")).read()))


def test_a_layer_depends_on_nothing_but_the_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name
        (folder / "d").mkdir(parents=True)
        for file in random.sample(["a", "b", "c"], 3):
            (folder / "d" / file).write_text(file)
            os.utime(folder / "d" / file, (random.random() * 10**9,) * 2)
    one = make_layer(tree.from_path("opt", tmp_path / "one"), tmp_path / "1")
    two = make_layer(tree.from_path("opt", tmp_path / "two"), tmp_path / "2")
    assert one == two
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    for member in unpacked(tmp_path / "1"):
        assert (member.mtime, member.uid, member.gid, member.uname) == (EPOCH, 0, 0, "")


def test_modes_links_and_parents(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("x")
    (tmp_path / "run").chmod(0o700)
    content = tree.from_path("usr/bin/run", tmp_path / "run") | {"bin": tree.link("bin", "usr/bin")}
    content |= {"tmp": tree.folder("tmp", 0o1777)}
    make_layer(tree.with_parents(content), tmp_path / "layer")
    found = {member.name: member for member in unpacked(tmp_path / "layer")}
    assert list(found) == ["bin", "tmp", "usr", "usr/bin", "usr/bin/run"]
    assert found["usr/bin/run"].mode == 0o755
    assert found["tmp"].mode == 0o1777
    assert found["bin"].linkname == "usr/bin"


def test_what_is_dropped_is_not_there() -> None:
    tar = archive(
        ("./", None, 0o755), ("./usr/lib/x.a", b"1", 0o644), ("./usr/lib/sub/y.a", b"1", 0o644), ("./usr/z", b"", 0o644)
    )
    assert names(tree.from_tar(tar, ["usr/lib/*.a"])) == ["usr/z"]


def test_hard_links_point_to_what_was_written_before(tmp_path: Path) -> None:
    tar = archive(("./z", b"content", 0o755), ("./a", "=./z", 0o755), ("./m", "=./z", 0o755))
    make_layer(tree.from_tar(tar), tmp_path / "layer")
    found = {member.name: member for member in unpacked(tmp_path / "layer")}
    assert found["a"].isreg()
    assert found["a"].size == 7
    assert (found["m"].linkname, found["z"].linkname) == ("a", "a")


def test_a_hard_link_to_what_was_dropped_goes_too() -> None:
    tar = archive(("./z", b"content", 0o755), ("./a", "=./z", 0o755))
    assert names(tree.from_tar(tar, ["z"])) == []


def test_the_difference_is_what_is_new_or_other_and_whiteouts() -> None:
    base = archive(("./etc", None, 0o755), ("./etc/same", b"1", 0o644), ("./etc/other", b"1", 0o644), ("./gone", None, 0o755), ("./gone/x", b"", 0o644))  # fmt: skip
    full = archive(
        ("./etc", None, 0o755), ("./etc/same", b"1", 0o644), ("./etc/other", b"2", 0o644), ("./etc/new", b"", 0o600)
    )
    layer = difference(tree.from_tar(base), tree.from_tar(full))
    assert names(layer) == [".wh.gone", "etc", "etc/new", "etc/other"]


def test_equal_trees_have_no_difference() -> None:
    entries = [("./a", b"1", 0o644), ("./b", "a", 0o777), ("./c", "=./a", 0o644)]
    assert difference(tree.from_tar(archive(*entries)), tree.from_tar(archive(*entries))) == {}


def test_an_image_says_how_it_runs(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    layer = make_layer(tree.from_path("f", tmp_path / "f"), tmp_path / "layer")
    parts = assemble([layer, layer], entrypoint=["/f"], user="1:1", environment={"A": "b"})
    config = json.loads(parts.config)
    assert config["rootfs"]["diff_ids"] == [layer.diff_id] * 2
    assert config["config"]["Entrypoint"] == ["/f"]
    assert config["config"]["User"] == "1:1"
    assert "A=b" in config["config"]["Env"]
    assert any(each.startswith("PATH=") for each in config["config"]["Env"])
    assert "Cmd" not in config["config"]
    assert parts == assemble([layer, layer], entrypoint=["/f"], user="1:1", environment={"A": "b"})
