"""How much an installation that checks, verifies, records and can be undone costs over a bare script: `make bench`.

In one run, on equal fresh lab nodes and with the same bundle's files, the time from start to "node Ready, CoreDNS answers":
`bare.sh` against `slipway install` up to its stage `dns`. The script's files are unpacked for it beforehand, in its favour.
Prints one line a round, the median ratio, and where slipway's time went; docs/performance.md keeps the last figures.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import yaml
from jinja2 import Environment, StrictUndefined

from appliance import lab as labs
from appliance.bundle import Bundle, open_bundle
from installer.cluster.dns import ask_dns
from installer.common.paths import ROOT
from installer.configure import load_site
from installer.engine import follow, run_dir_of, send
from installer.models.journal import RunStarted, StepChanged
from installer.models.site import Site
from installer.remote import connect, disconnect

ROUNDS = 3
POINT = "cluster/dns"


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="slipway-bench-"))
    try:
        bundle = open_bundle(_pack(folder))
        ratios = []
        parts: dict[str, list[float]] = {}
        for round_ in range(1, ROUNDS + 1):
            bare = _on_a_fresh_node(folder / f"bare{round_}", bundle, _bare)
            ours = _on_a_fresh_node(folder / f"ours{round_}", bundle, _slipway, parts)
            ratios.append(ours / bare)
            print(
                f"round {round_}: bare script {bare:.1f} s, slipway install {ours:.1f} s, ratio {ours / bare:.2f}",
                flush=True,
            )
        print(f"median ratio {statistics.median(ratios):.2f} of {ROUNDS} rounds")
        for name, seconds in parts.items():
            print(f"  {name:<24} {statistics.median(seconds):6.1f} s")
    finally:
        shutil.rmtree(folder)


def _pack(folder: Path) -> Path:
    path = folder / "bundle"
    subprocess.run([sys.executable, "-m", "installer.cli", "pack", "-o", str(path), "--yes"], cwd=ROOT, check=True)
    return path


def _on_a_fresh_node(folder: Path, bundle: Bundle, measure, *rest: object) -> float:  # type: ignore[no-untyped-def]
    """Configure a lab node of its own for one measurement, and take it away again."""
    folder.mkdir()
    lab = labs.up(f"bench-{folder.name}", 1)
    try:
        words = ["--node", f"root@{lab.nodes[0].address}", "--key", str(lab.key), "--bundle", str(bundle.path)]
        words += ["--profile", "lab", "--name", "bench", "--site", str(folder / "site.yaml"), "--yes"]
        subprocess.run(
            [sys.executable, "-m", "installer.cli", "configure", *words],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return measure(folder, bundle, lab, load_site(folder / "site.yaml"), *rest)
    finally:
        labs.down(lab.name)


def _bare(folder: Path, bundle: Bundle, lab: labs.Lab, site: Site) -> float:
    _lay_out(folder, bundle, site)
    remotes = connect(site.nodes, folder)
    start = time.monotonic()
    script = Path(__file__).with_name("bare.sh")
    hosts = lab.key.with_name("known_hosts")
    subprocess.run([script, lab.nodes[0].address, lab.key, hosts, folder], check=True)
    ask_dns(site, remotes, lambda _: None, seconds=120)
    seconds = time.monotonic() - start
    disconnect(remotes.values())
    return seconds


def _lay_out(folder: Path, bundle: Bundle, site: Site) -> None:
    """The files of the bundle and the settings of the roles, ready to be copied as they are."""
    root = folder / "root"
    node = site.nodes[0]
    vars_ = yaml.safe_load((ROOT / "roles/deliver/vars/main.yml").read_text())
    for name, place in (vars_["every_node"] | vars_["control_plane"]).items():
        target = root / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(bundle.read_file(name))
        target.chmod(0o755)
    jinja = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    unified = {"stat": {"exists": Path("/sys/fs/cgroup/cgroup.controllers").exists()}}
    values = {
        "site": site.model_dump(mode="json", by_alias=True),
        "node": node.model_dump(mode="json", by_alias=True),
        "lab": True,
        "unified": unified,
        "systemd_cgroup": unified["stat"]["exists"],
        "pause_image": next(name for name in bundle.images if "/pause:" in name),
        "seen": {"stdout_lines": ["cgroup2"] if unified["stat"]["exists"] else []},
    }
    templates = {
        "prepare/templates/lab-mounts.service.j2": "root/etc/systemd/system/lab-mounts.service",
        "runtime/templates/config.toml.j2": "root/etc/containerd/config.toml",
        "runtime/templates/containerd.service.j2": "root/etc/systemd/system/containerd.service",
        "kubelet/templates/kubelet.service.j2": "root/etc/systemd/system/kubelet.service",
        "init/templates/kubeadm.yaml.j2": "kubeadm.yaml",
    }
    files = {place: (ROOT / "roles" / name).read_text() for name, place in templates.items()}
    files["cilium.yaml"] = bundle.read_file("manifests/cilium.yaml.j2").decode()
    for place, template in files.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(jinja.from_string(template).render(values))
    settings = root / "etc/kubernetes"
    settings.mkdir(parents=True)
    shutil.copy(ROOT / "roles/init/files/authentication.yaml", settings)
    (settings / "resolv.conf").write_text(f"nameserver {node.address}\n")
    with (folder / "images.tar").open("wb") as stream:
        bundle.write_oci_layout(list(bundle.images), stream)


def _slipway(folder: Path, bundle: Bundle, lab: labs.Lab, site: Site, parts: dict[str, list[float]]) -> float:
    words = ["install", "--site", str(folder / "site.yaml"), "--yes", "--detach"]
    started = time.time()
    subprocess.run([sys.executable, "-m", "installer.cli", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    run_dir = run_dir_of(folder / "site.yaml")
    before = done = 0.0
    for event in follow(run_dir / "journal.jsonl"):
        at = datetime.fromisoformat(event.at).timestamp()
        match event:
            case RunStarted():
                _note(parts, "checks and plan", at - started)
                before = at
            case StepChanged(state="done"):
                # A step's share: from the end of the one before to its own, so fingerprints and receipts count too.
                _note(parts, event.step, at - before)
                before = at
                if event.step == POINT:
                    done = at - started
                    send(run_dir, "abort")  # the point is reached; the lab goes away next
            case StepChanged(state="failed", error=error) if not done:
                raise SystemExit(f"{event.step} failed: {error}")
    return done


def _note(parts: dict[str, list[float]], name: str, seconds: float) -> None:
    parts.setdefault(name, []).append(seconds)


if __name__ == "__main__":
    main()
