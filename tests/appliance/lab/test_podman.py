from __future__ import annotations

import io
import subprocess
import tarfile
from itertools import pairwise

import pytest

from appliance.lab import image, podman
from appliance.lab.host import Host
from appliance.lab.identity import KeyPair, files
from installer.common.errors import SlipwayError

FREE = Host(cgroup_version=2, limits_fixed=False, ulimits={})
FIXED = Host(cgroup_version=1, limits_fixed=True, ulimits={"nofile": 20000, "nproc": 32768})


def arguments(host: Host = FREE, memory: int | None = None) -> list[str]:
    return podman.create_arguments(
        lab="one", node="n1", container="slipway-one-n1", address="10.90.0.11", image="node:1", host=host, memory=memory
    )


def values(words: list[str], flag: str) -> list[str]:
    return [value for name, value in pairwise(words) if name == flag]


def test_a_node_is_a_machine_not_a_podman_container():
    words = arguments()
    assert values(words, "--runtime") == ["/usr/sbin/runc"]
    assert {"--privileged", "--systemd=false", "--cgroupns=private", "--no-hosts"} <= set(words)
    assert words[-2:] == ["node:1", "/sbin/init"]
    assert values(words, "--label") == ["slipway.lab=one"]


def test_what_overlay_cannot_hold_is_on_volumes_of_the_node():
    kept = values(arguments(), "--volume")
    for name in ("containerd", "kubelet", "etcd"):
        assert f"slipway-one-n1-{name}:/var/lib/{name}" in kept


def test_limits_only_where_they_cannot_be_raised():
    assert values(arguments(), "--ulimit") == []
    assert values(arguments(FIXED), "--ulimit") == ["nofile=20000:20000", "nproc=32768:32768"]


def test_memory_is_limited_with_its_swap():
    assert "--memory" not in arguments()
    words = arguments(memory=2**30)
    assert values(words, "--memory") == values(words, "--memory-swap") == [str(2**30)]


def test_a_failing_podman_says_what_it_said(monkeypatch):
    failed = subprocess.CompletedProcess([], 125, b"", b"Error: no such container\n")
    monkeypatch.setattr(podman.subprocess, "run", lambda *a, **k: failed)
    with pytest.raises(SlipwayError) as caught:
        podman.podman("start", "x")
    assert caught.value.report.why.en == "Error: no such container"


def test_a_missing_podman_is_no_traceback(monkeypatch):
    def missing(*a, **k):
        raise FileNotFoundError("podman")

    monkeypatch.setattr(podman.subprocess, "run", missing)
    with pytest.raises(SlipwayError, match="not installed"):
        podman.podman("ps")


def test_a_nodes_own_files():
    key, login = KeyPair.new(), KeyPair.new()
    own = files(hostname="n7", nameserver="10.90.0.1", host_key=key, login=login.public)
    with tarfile.open(fileobj=io.BytesIO(own)) as tar:
        modes = {member.name: member.mode for member in tar}
        texts = {name: tar.extractfile(name).read().decode() for name in modes if name != "root/.ssh"}
    assert texts["etc/hostname"] == "n7\n"
    assert "127.0.1.1\tn7" in texts["etc/hosts"]
    assert len(texts["etc/machine-id"].strip()) == 32
    assert texts["root/.ssh/authorized_keys"].strip() == login.public
    assert texts["etc/ssh/ssh_host_ed25519_key"].startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    assert (modes["etc/ssh/ssh_host_ed25519_key"], modes["root/.ssh"]) == (0o600, 0o700)


def test_openssh_reads_the_keys(tmp_path):
    key = KeyPair.new()
    (tmp_path / "key").write_bytes(key.private)
    (tmp_path / "key").chmod(0o600)
    derived = subprocess.run(["ssh-keygen", "-y", "-f", tmp_path / "key"], capture_output=True, text=True, check=True)
    assert derived.stdout.split()[:2] == key.public.split()[:2]


def test_the_image_is_named_by_its_recipe(monkeypatch):
    first = image.key()
    assert first == image.key()
    monkeypatch.setattr(image, "PACKAGES", [*image.PACKAGES, "vim"])
    assert image.key() != first


def test_nodes_bring_no_container_runtime():
    assert not {"runc", "containerd", "docker.io", "podman", "cri-tools"} & set(image.PACKAGES)


def test_an_image_that_is_there_is_not_built_again(monkeypatch):
    name = f"localhost/slipway-lab-node:{image.key()}"
    monkeypatch.setattr(image, "query", lambda *words: [{"Names": None}, {"Names": [name]}])
    monkeypatch.setattr(image, "_bootstrap", lambda tar: pytest.fail("built again"))
    assert image.ensure() == name


def test_only_debians_own_sources_are_used(monkeypatch):
    listing = "Debian|deb http://mirror.example/debian bookworm main\nDocker|deb http://docker.example x y\n"
    done = subprocess.CompletedProcess([], 0, listing, "")
    monkeypatch.setattr(image.subprocess, "run", lambda *a, **k: done)
    assert image.sources() == "deb http://mirror.example/debian bookworm main\n"


def test_a_build_that_fails_shows_why(monkeypatch, tmp_path):
    monkeypatch.setattr(image, "sources", lambda: "")
    failed = subprocess.CompletedProcess([], 1, "", "E: no such suite\n")
    monkeypatch.setattr(image.subprocess, "run", lambda *a, **k: failed)
    with pytest.raises(SlipwayError) as caught:
        image._bootstrap(tmp_path / "rootfs.tar")
    assert caught.value.report.why.en == "E: no such suite"
