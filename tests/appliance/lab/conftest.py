"""A podman that only remembers, and a state folder of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from appliance.lab import host, lab, network
from appliance.lab.models import LABEL
from installer.common import ospackages
from installer.common.errors import SlipwayError
from installer.common.text import Text


class FakePodman:
    """Keeps containers, volumes and networks by name, each with its labels; `fail_on` makes one command fail."""

    def __init__(self) -> None:
        self.containers: dict[str, dict[str, Any]] = {}
        self.volumes: dict[str, dict[str, Any]] = {}
        self.networks: dict[str, dict[str, Any]] = {}
        self.commands: list[tuple[str, ...]] = []
        self.fail_on: str | None = None

    def podman(self, *words: str, input: bytes | None = None, timeout: float = 0) -> str:
        self.commands.append(words)
        words = words[2:] if words[0] == "--runtime" else words
        if self.fail_on in words:
            raise SlipwayError(Text.same("podman failed"))
        labels = dict(word.split("=", 1) for flag, word in pairwise(words) if flag == "--label")
        match words:
            case ("create", "--name", name, *_):
                self.containers[name] = {"Names": [name], "Labels": labels, "State": "created"}
            case ("start", *names):
                for name in names:
                    self.containers[name]["State"] = "running"
            case ("rm", "--force", "--time", "0", *names):
                for name in names:
                    del self.containers[name]
            case ("volume", "create", *_, name):
                self.volumes[name] = {"Name": name, "Labels": labels}
            case ("volume", "rm", "--force", *names):
                for name in names:
                    del self.volumes[name]
            case ("network", "create", *rest, name):
                subnet = rest[rest.index("--subnet") + 1]
                self.networks[name] = {"name": name, "labels": labels, "subnets": [{"subnet": subnet}]}
            case ("network", "rm", "--force", *names):
                for name in names:
                    del self.networks[name]
        return ""

    def query(self, *words: str) -> list[dict[str, Any]]:
        things = {"ps": self.containers, "volume": self.volumes, "network": self.networks}[words[0]].values()
        wanted = next((word.removeprefix("--filter=label=") for word in words if word.startswith("--filter")), None)
        if wanted is None:
            return list(things)
        key, _, value = wanted.partition("=")
        pairs = [(thing, thing.get("Labels") or thing.get("labels") or {}) for thing in things]
        return [thing for thing, labels in pairs if key in labels and value in ("", labels[key])]

    def labelled(self) -> set[str]:
        """The names of the labs of which anything is there."""
        everything = [*self.query("ps"), *self.query("volume"), *self.query("network")]
        return {(thing.get("Labels") or thing["labels"])[LABEL] for thing in everything}


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> FakePodman:
    """A machine with the packages, without any lab; nothing of this machine is touched."""
    fake = FakePodman()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for name in ("podman", "query"):
        monkeypatch.setattr(lab, name, getattr(fake, name))
    monkeypatch.setattr(network, "query", fake.query)
    monkeypatch.setattr(network, "_ip", lambda *words: "[]")
    monkeypatch.setattr(lab.shutil, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(lab.image, "ensure", lambda: "localhost/node:1")
    monkeypatch.setattr(lab, "wait_for_ssh", lambda node: None)
    monkeypatch.setattr(ospackages, "ensure", lambda packages, **_: [])
    plain = host.Host(cgroup_version=2, limits_fixed=False, ulimits={})
    monkeypatch.setattr(host, "look", lambda: plain)
    quiet: Callable[..., Any] = lambda *_: None  # noqa: E731
    monkeypatch.setattr(host, "prepare", quiet)
    monkeypatch.setattr(host, "put_back", quiet)
    return fake
