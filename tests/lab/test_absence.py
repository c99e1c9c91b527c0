"""What labs leave of themselves on this machine: nothing. Named to run first, since it wants a machine without any lab."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from appliance import lab as labs
from appliance.lab import host
from appliance.lab.models import folder


def words(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def machine_state() -> dict[str, object]:
    return {
        "mounts": sorted(line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()),
        "cgroups": sorted(str(path) for path in [*host.CGROUPS.glob("*"), *host.CGROUPS.glob("*/libpod*")]),
        "links": sorted(link["ifname"] for link in json.loads(words("ip", "-j", "link"))),
        "routes": words("ip", "-4", "route", "show", "table", "all"),
        "tables": words("nft", "list", "tables"),
        "settings": {name: (Path("/proc/sys") / name).read_text() for name in host.SETTINGS},
        "interfaces": words("sysctl", "-a", "--pattern", r"^net\.ipv4\.conf\.[a-z0-9]*\.(forwarding|accept_redirects)"),
        "containers": words("podman", "ps", "--all", "--quiet"),
        "volumes": words("podman", "volume", "ls", "--quiet"),
        "networks": words("podman", "network", "ls", "--quiet"),
        "records": sorted(path.name for path in folder().glob("[!.]*")),
    }


def test_the_last_lab_leaves_the_machine_as_it_was(lab):
    if labs.listing():
        pytest.skip("other labs run here; only the last one puts the machine back")
    before = machine_state()
    made = lab(2)
    for name, value in {"vm/overcommit_memory": "1", "kernel/panic": "10"}.items():  # as a kubelet does
        words(*made.ssh(made.nodes[0]), f"echo {value} > /proc/sys/{name}")
    assert machine_state() != before
    labs.down(made.name)
    assert machine_state() == before
