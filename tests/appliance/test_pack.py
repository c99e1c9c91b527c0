from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from appliance.bundle import open_bundle, verify
from appliance.pack.cache import Cache, Entry
from appliance.pack.run import Event, make_all
from appliance.pack.steps import Made, Step, Work
from installer.common.errors import InvalidInput, SlipwayError
from installer.common.paths import ROOT
from installer.common.text import Text
from tests.appliance.conftest import Packing, Upstream


def test_same_inputs_same_bundle(packing: Packing, tmp_path: Path) -> None:
    first = packing.pack()
    second = packing.pack(cache=tmp_path / "another-cache")
    assert first.digest == second.digest


def test_nothing_is_made_or_asked_twice(packing: Packing, upstream: Upstream) -> None:
    packing.pack()
    upstream.asked.clear()
    events: list[Event] = []
    from appliance.pack import pack

    pack(packing.catalog, packing.out, events.append, cache=packing.root / "cache", catalog_folder=packing.folder)
    assert [event.kind for event in events] == ["plan"]
    assert events[0].steps == 0
    assert upstream.asked == []


def test_a_change_makes_only_what_depends_on_it(packing: Packing, upstream: Upstream) -> None:
    packing.pack()
    upstream.asked.clear()
    file = packing.folder / "tool.yaml"
    file.write_text(file.read_text().replace("links: {/bin/h: /usr/bin/helper}", "links: {/bin/x: /usr/bin/helper}"))
    before = open_bundle(packing.out)
    packing.pack()
    after = open_bundle(packing.out)
    assert upstream.asked == []
    assert before.images["example/tool:1.0"] == after.images["example/tool:1.0"]
    assert before.images["example/both:1.0"].digest != after.images["example/both:1.0"].digest


def test_a_damaged_bundle_does_not_damage_the_next(packing: Packing) -> None:
    """Blobs are links to the cache's: what is written into one is written into the cache."""
    packing.pack()
    bundle = open_bundle(packing.out)
    blob = packing.out / bundle.files["bin/tool"].blob.path
    content = bytearray(blob.read_bytes())
    content[8] ^= 1
    blob.write_bytes(content)
    assert verify(bundle)
    packing.pack()
    assert verify(open_bundle(packing.out)) == []


def test_a_folder_that_is_no_bundle_is_not_overwritten(packing: Packing) -> None:
    packing.out.mkdir()
    (packing.out / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidInput):
        packing.pack()
    assert (packing.out / "thesis.txt").read_text() == "years of work"
    assert sorted(path.name for path in packing.root.iterdir() if path.name.startswith(".")) == []


def test_a_failed_pack_leaves_the_bundle_as_it_was(packing: Packing, upstream: Upstream) -> None:
    digest = packing.pack().digest
    file = packing.folder / "tool.yaml"
    file.write_text(file.read_text().replace("releases.example/suite.tgz\n", "releases.example/gone.tgz\n"))
    with pytest.raises(SlipwayError) as caught:
        packing.pack()
    assert "404" in str(caught.value.report.why)
    assert open_bundle(packing.out).digest == digest


def test_licences_and_sources_are_in_the_manifest(packing: Packing) -> None:
    packing.pack()
    [component] = open_bundle(packing.out).manifest.components
    assert component.licence == "MIT"
    assert component.sources == [
        "upstream: https://releases.example/tool-1.0",
        "upstream: https://releases.example/suite.tgz",
    ]


def step(name: str, tmp_path: Path, *, fail: bool = False, **inputs: Step) -> Step:
    def make(work: Work) -> Made:
        with (tmp_path / "made").open("a") as file:
            file.write(f"{name}\n")
        if fail:
            raise SlipwayError(Text.same(f"{name} failed"))
        (work.result / "out").write_text(name + "".join((path / "out").read_text() for path in work.inputs.values()))
        return Made("test")

    return Step(name=name, recipe={"name": name}, make=make, inputs=inputs)


def made(tmp_path: Path) -> list[str]:
    return (tmp_path / "made").read_text().split() if (tmp_path / "made").exists() else []


def test_a_step_comes_after_its_inputs_and_is_made_once(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    a = step("a", tmp_path)
    b, c = step("b", tmp_path, a=a), step("c", tmp_path, a=a)
    d = step("d", tmp_path, b=b, c=c)
    make_all([d, b], cache, lambda _: None)
    assert (cache.content(d.key) / "out").read_text() == "dbaca"
    assert made(tmp_path)[0] == "a"
    assert sorted(made(tmp_path)) == ["a", "b", "c", "d"]


def test_the_longest_way_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    short = [Step(f"s{n}", {"n": n}, lambda work: Made(""), seconds=1) for n in range(4)]
    base = Step("base", {"n": "base"}, lambda work: Made(""), seconds=2)
    top = Step("top", {"n": "top"}, lambda work: Made(""), {"base": base}, seconds=50)
    order: list[str] = []
    make_all([*short, top], cache, lambda event: order.append(event.step) if event.kind == "start" else None)
    assert order[0] == "base"


def test_a_failure_keeps_what_was_made_and_says_why(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    a = step("a", tmp_path)
    bad = step("bad", tmp_path, fail=True, a=a)
    with pytest.raises(SlipwayError, match="bad failed"):
        make_all([bad], cache, lambda _: None)
    assert cache.find(a.key)
    assert not cache.find(bad.key)
    with pytest.raises(SlipwayError):
        make_all([bad], cache, lambda _: None)
    assert made(tmp_path) == ["a", "bad", "bad"]


def test_a_file_that_was_lost_or_changed_is_made_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    a = step("a", tmp_path)
    make_all([a], cache, lambda _: None)
    (cache.content(a.key) / "out").write_text("b")  # as long as it was
    assert cache.find(a.key) is None
    make_all([a], cache, lambda _: None)
    assert (cache.content(a.key) / "out").read_text() == "a"
    (cache.content(a.key) / "out").unlink()
    make_all([a], cache, lambda _: None)
    assert made(tmp_path) == ["a", "a", "a"]


def test_leftovers_of_dead_processes_are_swept_those_of_living_ones_not(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    (tmp_path / "tmp-999999999-1-abc").mkdir()
    (tmp_path / f"tmp-{os.getpid()}-1-abc").mkdir()  # the number came again: another process
    with cache.making("0" * 64) as folder:
        cache.sweep()
        assert folder.is_dir()
        assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_what_nobody_asked_for_in_a_month_goes(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    a, b = step("a", tmp_path), step("b", tmp_path)
    make_all([a, b], cache, lambda _: None)
    for each in (a, b):
        os.utime(cache.root / each.key, (time.time() - 31 * 24 * 3600,) * 2)
    assert cache.find(b.key)
    cache.sweep()
    assert (cache.find(a.key), cache.find(b.key) is not None) == (None, True)


def test_an_unreadable_entry_counts_as_none(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    (tmp_path / "k").mkdir()
    (tmp_path / "k" / "entry.json").write_text("{")
    assert cache.find("k") is None
    with cache.making("k") as folder:
        (folder / "result").mkdir()
        cache.keep("k", folder / "result", Entry(name="k", source="", seconds=1, sizes={}))
    assert cache.find("k")


KILLED = """
import sys, time
from pathlib import Path
from appliance.pack.cache import Cache
from appliance.pack.run import make_all
from appliance.pack.steps import Made, Step

def quick(work):
    (work.result / "out").write_text("done")
    return Made("")

def stuck(work):
    (work.result / "half").write_text("half")
    print("stuck", flush=True)
    time.sleep(600)

first = Step("first", {"n": 1}, quick)
make_all([Step("second", {"n": 2}, stuck, {"first": first})], Cache(Path(sys.argv[1])), lambda _: None)
"""


def test_a_killed_pack_goes_on_where_it_was(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    with subprocess.Popen([sys.executable, "-c", KILLED, cache.root], stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout
        assert process.stdout.readline() == b"stuck\n"
        process.send_signal(signal.SIGKILL)
    assert len(list(cache.root.glob("tmp-*"))) == 1
    first = Step("first", {"n": 1}, lambda work: pytest.fail("made twice"))
    second = Step("second", {"n": 2}, lambda work: Made(""), {"first": first})
    make_all([second], cache, lambda _: None)
    assert list(cache.root.glob("tmp-*")) == []
    assert not (cache.content(second.key) / "half").exists()


INTERRUPTED = """
import sys
from pathlib import Path
from appliance.pack.cache import Cache
from appliance.pack.run import make_all
from appliance.pack.steps import Made, Step
from appliance.sources.base import run

def slow(work):
    print("slow", flush=True)
    run(["sleep", "600"])

make_all([Step("slow", {}, slow)], Cache(Path(sys.argv[1])), lambda _: None)
"""


def test_an_interrupted_pack_ends_at_once(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, tmp_path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"slow\n"
        while not psutil.Process(process.pid).children():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert b"KeyboardInterrupt" in process.stderr.read()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_in_a_sentence(packing: Packing, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/var/cache/blob")

    monkeypatch.setattr(Cache, "keep", full)
    with pytest.raises(SlipwayError, match="cannot read or write") as caught:
        packing.pack()
    assert caught.value.report.where == "/var/cache/blob"
    assert not packing.out.exists()


def test_the_command_as_lines_and_as_json(
    packing: Packing, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import appliance.catalog as catalog_package
    import appliance.pack as pack_package
    from installer.cli.main import main
    from installer.common import ospackages

    monkeypatch.setattr(ospackages, "ensure", lambda *_, **__: [])
    monkeypatch.setattr(catalog_package, "load_catalog", lambda: packing.catalog)
    real = pack_package.pack
    monkeypatch.setattr(
        pack_package, "pack", lambda *a, **k: real(*a, **k, cache=packing.root / "cache", catalog_folder=packing.folder)
    )
    assert main(["pack", "-o", str(packing.out)]) == 0
    said = capsys.readouterr()
    assert str(packing.out) in said.out
    assert "tool done in" in said.err
    shutil.rmtree(packing.root / "cache")
    assert main(["pack", "-o", str(packing.out), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0]["kind"] == "plan"
    assert lines[-1]["digest"] == open_bundle(packing.out).digest
