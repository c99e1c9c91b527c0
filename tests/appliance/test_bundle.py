from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest
import zstandard

from appliance.bundle import Bundle, keys, open_bundle, verify
from installer.cli.main import main
from installer.common.errors import InvalidInput
from tests.appliance.conftest import TOOL


def flip(path: Path, at: int = 20) -> None:
    """Change one byte, in a file of its own: blobs are links to the cache."""
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 1
    path.unlink()
    path.write_bytes(content)


def test_an_untouched_bundle_has_no_flaw(bundle: Bundle) -> None:
    heard: list[int] = []
    assert verify(bundle, heard.append) == []
    assert sum(heard) == bundle.size


def test_one_byte_in_any_blob_is_found_by_name(bundle: Bundle) -> None:
    for blob in bundle.manifest.blobs().values():
        path = bundle.path / blob.path
        good = path.read_bytes()
        flip(path)
        assert [(flaw.file, flaw.kind) for flaw in verify(bundle)] == [(blob.path, "changed")]
        path.write_bytes(good)


def test_a_cut_blob_is_found(bundle: Bundle) -> None:
    blob = next(iter(bundle.manifest.blobs().values()))
    path = bundle.path / blob.path
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:-1])
    assert [flaw.file for flaw in verify(bundle)] == [blob.path]


def test_missing_and_extra_files_are_found(bundle: Bundle) -> None:
    blob = next(iter(bundle.manifest.blobs().values()))
    (bundle.path / blob.path).unlink()
    (bundle.path / "index.json").unlink()
    (bundle.path / "blobs" / "notes.txt").write_text("mine")
    assert {(flaw.file, flaw.kind) for flaw in verify(bundle)} == {
        (blob.path, "missing"),
        ("index.json", "missing"),
        ("blobs/notes.txt", "extra"),
    }


def test_a_changed_index_is_found(bundle: Bundle) -> None:
    flip(bundle.path / "index.json")
    assert [(flaw.file, flaw.kind) for flaw in verify(bundle)] == [("index.json", "changed")]


@pytest.mark.parametrize("name", ["bundle.json", "bundle.json.sig", "bundle.pub"])
def test_nothing_signed_can_be_changed(bundle: Bundle, name: str) -> None:
    size = (bundle.path / name).stat().st_size
    good = (bundle.path / name).read_bytes()
    for at in range(0, size, max(1, size // 40)):
        flip(bundle.path / name, at)
        with pytest.raises(InvalidInput) as caught:
            open_bundle(bundle.path)
        assert caught.value.report.where.startswith(str(bundle.path / "bundle"))
        (bundle.path / name).write_bytes(good)
    open_bundle(bundle.path)


@pytest.mark.parametrize("name", ["bundle.json", "bundle.json.sig", "bundle.pub"])
def test_without_one_of_the_signed_files_it_is_no_bundle(bundle: Bundle, name: str) -> None:
    (bundle.path / name).unlink()
    with pytest.raises(InvalidInput) as caught:
        open_bundle(bundle.path)
    assert name in caught.value.report.where


def test_somebody_elses_signature_is_refused(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted = tmp_path / "trusted.pub"
    shutil.copy(bundle.path / "bundle.pub", trusted)
    assert open_bundle(bundle.path, trusted).signer == bundle.signer
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another"))
    other = keys.packer_key()
    raw = (bundle.path / "bundle.json").read_bytes()
    (bundle.path / "bundle.json.sig").write_bytes(keys.sign(other, raw))
    (bundle.path / "bundle.pub").write_bytes(keys.public_pem(other.public_key()))
    assert open_bundle(bundle.path).signer != bundle.signer
    with pytest.raises(InvalidInput, match="signature"):
        open_bundle(bundle.path, trusted)


def test_files_come_out_as_they_went_in(bundle: Bundle) -> None:
    assert bundle.read_file("bin/tool") == TOOL
    assert bundle.files["bin/tool"].mode == 0o755
    with bundle.open_file("bin/tool") as stream:
        assert stream.read(4) == TOOL[:4]


@pytest.mark.parametrize("content", [b"not zstd at all", zstandard.compress(b"another file")])
def test_a_damaged_file_is_not_read(bundle: Bundle, content: bytes) -> None:
    path = bundle.path / bundle.files["bin/tool"].blob.path
    path.unlink()
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        bundle.read_file("bin/tool")
    assert caught.value.report.where == str(path)


def test_the_stream_of_images_is_a_whole_oci_layout(bundle: Bundle) -> None:
    stream = io.BytesIO()
    bundle.write_oci_layout(["example/both:1.0", "example/tool:1.0"], stream)
    stream.seek(0)
    with tarfile.open(fileobj=stream) as tar:
        names = tar.getnames()
        files = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    assert len(names) == len(set(names)), "a layer that images share goes once"
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    for entry in json.loads(files["index.json"])["manifests"]:
        manifest = json.loads(files["blobs/" + entry["digest"].replace(":", "/")])
        for part in [manifest["config"], *manifest["layers"]]:
            assert len(files["blobs/" + part["digest"].replace(":", "/")]) == part["size"]


def test_one_image_brings_only_its_own_blobs(bundle: Bundle) -> None:
    stream = io.BytesIO()
    bundle.write_oci_layout(["example/tool:1.0"], stream)
    stream.seek(0)
    with tarfile.open(fileobj=stream) as tar:
        assert len(tar.getnames()) == 2 + 3


def test_needs_count_shared_layers_once_and_follow_roles(bundle: Bundle) -> None:
    both, tool = bundle.images["example/both:1.0"], bundle.images["example/tool:1.0"]
    assert bundle.needs["worker"] == tool.size + tool.unpacked + len(TOOL)
    assert (
        bundle.needs["worker"]
        < bundle.needs["control-plane"]
        < both.size + tool.size + both.unpacked + tool.unpacked + len(TOOL)
    )


def test_versions(bundle: Bundle) -> None:
    assert bundle.version("tool") == "1.0"
    with pytest.raises(KeyError):
        bundle.version("other")


def test_the_commands(bundle: Bundle, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", "verify", str(bundle.path)]) == 0
    assert main(["bundle", "list", str(bundle.path), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert listed["digest"] == bundle.digest
    assert set(listed["images"]) == {"example/both:1.0", "example/tool:1.0"}
    blob = next(iter(bundle.manifest.blobs().values()))
    flip(bundle.path / blob.path)
    assert main(["bundle", "verify", str(bundle.path)]) == 1
    assert blob.path in capsys.readouterr().err
    assert main(["bundle", "verify", str(bundle.path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["flaws"][0]["file"] == blob.path
    assert main(["bundle", "list", str(bundle.path / "nowhere")]) == 2


def test_the_packers_key_is_private(bundle: Bundle) -> None:
    path = keys.key_file()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert keys.fingerprint(keys.packer_key().public_key()) == bundle.signer
    path.chmod(0o644)
    with pytest.raises(Exception, match="others can read"):
        keys.packer_key()


def test_a_broken_key_is_refused_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = keys.key_file()
    path.parent.mkdir(parents=True)
    path.touch(0o600)
    path.write_text("scribble")
    path.chmod(0o600)
    with pytest.raises(Exception, match="no Ed25519 key"):
        keys.packer_key()
    assert path.read_text() == "scribble"
