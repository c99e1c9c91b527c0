from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

import psutil
import pytest
import yaml

from appliance.bundle import open_bundle
from appliance.catalog import load_catalog
from appliance.catalog.models import Chart, Debian, Go, Wheel
from appliance.pack.steps import Work
from appliance.sources import chart, debian, golang, pypi, toolchain
from appliance.sources.base import Context, Unavailable, run
from appliance.sources.download import Downloads, Unreachable
from installer.common.errors import SlipwayError
from installer.common.paths import ROOT
from tests.appliance.conftest import TOOL, Packing, Upstream
from tests.waiting import until


def test_an_upstream_file_is_pinned_when_first_seen(packing: Packing) -> None:
    packing.pack()
    pins = yaml.safe_load((packing.folder / "lock.yaml").read_text())
    assert pins["https://releases.example/tool-1.0"] == hashlib.sha256(TOOL).hexdigest()


def test_a_file_that_is_not_what_upstream_says_stops_everything(packing: Packing, upstream: Upstream) -> None:
    upstream.files["/releases.example/tool-1.0"] = TOOL + b"malice"
    with pytest.raises(SlipwayError, match="not what it should be") as caught:
        packing.pack()
    assert caught.value.report.where == "https://releases.example/tool-1.0"
    assert "SHA256SUMS" in str(caught.value.report.why)
    assert (
        "tool-1.0" not in (packing.folder / "lock.yaml").read_text()
        if (packing.folder / "lock.yaml").exists()
        else True
    )


def test_a_file_that_is_not_what_was_pinned_stops_everything(
    packing: Packing, upstream: Upstream, tmp_path: Path
) -> None:
    packing.pack()
    other = b"released anew under the old name"
    upstream.files["/releases.example/tool-1.0"] = other
    upstream.files["/releases.example/SHA256SUMS"] = f"{hashlib.sha256(other).hexdigest()}  tool-1.0\n".encode()
    with pytest.raises(SlipwayError) as caught:
        packing.pack(cache=tmp_path / "fresh")
    assert "lock.yaml" in str(caught.value.report.why)


def test_a_checksum_file_that_does_not_name_the_file_is_no_checksum(packing: Packing, upstream: Upstream) -> None:
    upstream.files["/releases.example/SHA256SUMS"] = f"{hashlib.sha256(TOOL).hexdigest()}  tool-2.0\n".encode()
    with pytest.raises(SlipwayError) as caught:
        packing.pack()
    assert "does not name tool-1.0" in str(caught.value.report.why)


def test_the_mirror_comes_first(packing: Packing, upstream: Upstream, tmp_path: Path) -> None:
    folder = tmp_path / "mirror" / "tool" / "1.0"
    folder.mkdir(parents=True)
    (folder / "tool").write_bytes(b"from the mirror")
    packing.pack(mirror=tmp_path / "mirror")
    bundle = open_bundle(packing.out)
    assert bundle.read_file("bin/tool") == b"from the mirror"
    assert bundle.manifest.components[0].sources == ["mirror: tool/1.0", "upstream: https://releases.example/suite.tgz"]
    assert "/releases.example/tool-1.0" not in upstream.asked


def test_the_next_source_is_tried(packing: Packing, upstream: Upstream) -> None:
    del upstream.files["/releases.example/tool-1.0"]
    (packing.folder / "tool.c").write_text("int main(void) { return 0; }\n")
    text = (packing.folder / "tool.yaml").read_text()
    second = "output: tool}\n      - {kind: c, file: tool.c, output: tool}\n"
    (packing.folder / "tool.yaml").write_text(text.replace("output: tool}\n", second, 1))
    packing.pack()
    assert open_bundle(packing.out).manifest.components[0].sources[0] == "c: tool.c"


def test_a_host_that_does_not_answer_is_waited_for_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    over = threading.Event()
    asked: list[object] = []

    def never(address: object, timeout: float) -> NoReturn:
        asked.append(address)
        over.wait()
        raise TimeoutError

    monkeypatch.setattr("appliance.sources.download.CONNECT_SECONDS", 0.01)
    monkeypatch.setattr("appliance.sources.download.getproxies", dict)
    monkeypatch.setattr(socket, "create_connection", never)
    downloads = Downloads()
    try:
        for name in ("a", "b", "c"):
            with pytest.raises(Unreachable, match=r"releases\.example"):
                downloads.fetch(f"https://releases.example/{name}", tmp_path / "f")
    finally:
        over.set()
    assert asked == [("releases.example", 443)]


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("appliance.sources.download.getproxies", dict)
    monkeypatch.setattr(socket, "create_connection", unknown)
    with pytest.raises(Unreachable, match=r"nowhere\.invalid.*Name or service not known"):
        Downloads().text("https://nowhere.invalid/file")


@pytest.fixture
def work(tmp_path: Path) -> Work:
    folder = tmp_path / "work"
    for name in ("result", "scratch"):
        (folder / name).mkdir(parents=True)
    return Work(folder / "result", folder / "scratch", {}, lambda _: None)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    from appliance.catalog import Lock

    return Context(lock=Lock(tmp_path / "lock.yaml"), toolchain="1.26.8", tools=tmp_path / "tools")


class Commands:
    """Stands in for programs: remembers what was run, answers what it was told."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers, self.run = answers, []
        self.ran: list[list[str]] = self.run

    def __call__(self, command: list[str], **more: Any) -> str:
        self.ran.append(list(command))
        words = " ".join(command)
        return next((answer for part, answer in self.answers.items() if part in words), "")


def test_staging_modules_get_one_version_and_others_stay(
    work: Work, context: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    required = (
        '{"Require": [{"Path": "k8s.io/api", "Version": "v0.0.0"}, {"Path": "k8s.io/utils", "Version": "v0.0.0-2026"}]}'
    )
    commands = Commands({"download": f'{{"Dir": "{tmp_path}"}}', "-json": required})
    monkeypatch.setattr(golang, "run", commands)
    monkeypatch.setattr(golang, "find_toolchain", lambda *_: toolchain.Toolchain("go", {}))
    source = Go(kind="go", require={"k8s.io/kubernetes": "v1.37.2"}, staging="v0.37.2", builds=[])
    golang.obtain(source, work, context)
    edit = next(command for command in commands.ran if command[1:3] == ["mod", "edit"] and "-json" not in command)
    assert "-replace=k8s.io/api=k8s.io/api@v0.37.2" in edit
    assert not any("utils" in word for word in edit)


def test_programs_are_named_as_go_names_them() -> None:
    assert golang._program_name("go.etcd.io/etcd/server/v3") == "server"
    assert golang._program_name("github.com/containerd/containerd/v2/cmd/ctr") == "ctr"
    assert golang._program_name("example.org/x/vet") == "vet"


def test_scripts_get_their_run_bit_back(tmp_path: Path) -> None:
    (tmp_path / "module").mkdir()
    (tmp_path / "module" / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "module" / "data.h").write_text("int x;\n")
    (tmp_path / "module" / "run.sh").chmod(0o444)
    golang._copy(tmp_path / "module", tmp_path / "copy")
    assert (tmp_path / "copy" / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "copy" / "data.h").stat().st_mode & 0o777 == 0o644
    with pytest.raises(Unavailable):
        golang._copy(tmp_path / "absent", tmp_path / "x")


def test_a_recent_go_selects_the_pinned_toolchain_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "find_go", lambda: fake_go(tmp_path, "go1.23.4"))
    found = toolchain.find_toolchain("1.26.8", tmp_path / "tools")
    assert found.environment["GOTOOLCHAIN"] == "go1.26.8"


def test_an_old_go_fetches_the_pinned_toolchain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "module"
    (module / "bin").mkdir(parents=True)
    (module / "bin" / "go").write_text("")
    (module / "bin" / "go").chmod(0o444)
    monkeypatch.setattr(toolchain, "find_go", lambda: fake_go(tmp_path, "go1.19.8", f'{{"Dir": "{module}"}}'))
    (tmp_path / "tools").mkdir()
    found = toolchain.find_toolchain("1.26.8", tmp_path / "tools")
    assert found.environment["GOTOOLCHAIN"] == "local"
    assert Path(found.program).stat().st_mode & 0o111
    assert toolchain.find_toolchain("1.26.8", tmp_path / "tools") == found


def test_without_any_go_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "find_go", lambda: None)
    with pytest.raises(Unavailable, match="golang-go"):
        toolchain.find_toolchain("1.26.8", tmp_path)


def fake_go(folder: Path, version: str, download: str = "") -> str:
    program = folder / "go"
    program.write_text(
        f"#!/bin/sh\nif [ \"$1\" = version ]; then echo 'go version {version} linux/amd64'; else echo '{download}'; fi\n"
    )
    program.chmod(0o755)
    return str(program)


def test_sources_of_another_suite_follow_the_machines_own(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "Debian|http://m/debian/|bookworm|main\nDebian|http://m/debian/|bookworm-updates|main\n"
    lines += "Debian|http://m/security/|bookworm-security|main\nOther|http://o/|bookworm|main\n"
    debian._machine_sources.cache_clear()
    monkeypatch.setattr(debian, "run", lambda *_, **__: lines)
    assert debian.apt_sources("trixie").splitlines() == [
        "deb http://m/debian/ trixie main",
        "deb http://m/debian/ trixie-updates main",
        "deb http://m/security/ trixie-security main",
    ]
    debian._machine_sources.cache_clear()
    monkeypatch.setattr(debian, "run", lambda *_, **__: "Ubuntu|http://u/|noble|main\n")
    with pytest.raises(Unavailable):
        debian.apt_sources("trixie")
    debian._machine_sources.cache_clear()


def test_what_a_layer_drops_is_no_reason_to_install_packages_again(catalog_folder: Path, context: Context) -> None:
    from appliance.pack.compose import Composer

    def keys(drop: str) -> tuple[str, str]:
        (catalog_folder / "base.yaml").write_text(
            f"""{{name: base, version: "1", licence: X, about: x, artifacts: {{base: {{outputs: [rootfs.tar], sources:
            [{{kind: debian, suite: s, packages: [], drop: [{drop}]}}]}}}}, images: [{{reference: "b:1", layers: [{{rootfs: base}}]}}]}}"""
        )
        catalog = load_catalog(catalog_folder)
        composer = Composer(catalog, context)
        return composer.artifact("base").key, composer.layer(catalog.components[0].images[0].layers[0], "x").key

    assert keys("a")[0] == keys("b")[0]
    assert keys("a")[1] != keys("b")[1]
    assert isinstance(load_catalog(catalog_folder).artifacts["base"].sources[0], Debian)


def test_a_wheel_is_pinned_by_the_platforms_lock(context: Context) -> None:
    digits = load_catalog().artifacts["digits"].sources[0]
    assert isinstance(digits, Wheel)
    lines = pypi._pinned(digits, context).splitlines()
    assert lines[0].startswith("scikit-learn==")
    assert all("--hash=sha256:" in line for line in lines[1:])
    assert len(lines) > 1
    assert not lines[-1].endswith("\\")
    with pytest.raises(Unavailable):
        pypi._pinned(digits.model_copy(update={"package": "scikit-learn==0.0.1"}), context)


def test_a_chart_becomes_a_template_with_both_profiles(
    work: Work, context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "values.yml").write_text("host: '@HOST@'\nnested: {a: 1, b: 2}\n")
    seen: list[dict[str, Any]] = []

    def helm(command: list[str], **_: object) -> str:
        values = yaml.safe_load(Path(command[command.index("--values") + 1]).read_text())
        seen.append(values)
        return f"host: {values['host']}\nb: {values['nested']['b']}\n"

    monkeypatch.setattr(chart, "run", helm)
    inputs = {"helm": tmp_path, "c": tmp_path}
    source = Chart(
        kind="chart", helm="helm/helm", chart="c/chart", release="r", namespace="n", values="values.yml", output="out.j2",
        profiles={"standard": {}, "lab": {"nested": {"b": 3}}}, places={"HOST": "site.host"},
    )  # fmt: skip
    chart.obtain(
        source, Work(work.result, work.scratch, inputs, work.say), Context(**{**vars(context), "catalog": tmp_path})
    )
    assert seen[1]["nested"] == {"a": 1, "b": 3}
    import jinja2

    template = jinja2.Template((work.result / "out.j2").read_text())
    assert yaml.safe_load(template.render(site={"profile": "lab", "host": "h"})) == {"host": "h", "b": 3}
    assert yaml.safe_load(template.render(site={"profile": "standard", "host": "h"})) == {"host": "h", "b": 2}


@pytest.mark.parametrize("text", ["a: '{{ x }}'\n@HOST@", "no place"])
def test_a_chart_that_cannot_be_a_template_is_refused(text: str) -> None:
    with pytest.raises(Unavailable):
        chart._template(text, {"HOST": "site.host"})


def test_pause_ends_when_told_and_reaps_orphans(tmp_path: Path) -> None:
    program = tmp_path / "pause"
    subprocess.run(["gcc", "-o", program, ROOT / "appliance/catalog/pause.c"], check=True)
    with subprocess.Popen([program]) as process:
        process.terminate()
        assert process.wait(5) in {0, -15}


def test_a_program_does_not_outlive_a_killed_pack(tmp_path: Path) -> None:
    words = f"from appliance.sources.base import run; run(['sh', '-c', 'echo $$ > {tmp_path}/pid; exec sleep 60'])"
    with subprocess.Popen([sys.executable, "-c", words], cwd=ROOT) as parent:
        until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip() != "", seconds=20)
        child = int((tmp_path / "pid").read_text())
        parent.kill()

    def gone() -> bool:
        return not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE

    until(gone, seconds=20)  # long before it would end by itself


@pytest.mark.parametrize("command", [["false"], ["no-such-program-at-all"]])
def test_a_program_that_fails_says_so(command: list[str]) -> None:
    with pytest.raises(Unavailable, match=r"exit code|no-such-program"):
        run(command)
