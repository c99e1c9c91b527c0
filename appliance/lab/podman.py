"""Podman, and the arguments that make a container a machine with systemd and a real kubelet inside."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from appliance.lab.host import Host
from appliance.lab.models import LABEL, folder, network_name
from installer.common.errors import SlipwayError
from installer.common.text import Text

OS_PACKAGES = [
    "podman",
    "runc",
    "netavark",
    "iptables",
    "nftables",
    "mmdebstrap",
    "iproute2",
    "util-linux",
    "openssh-client",
]
"""What the lab needs of this machine's operating system (Debian's package names)."""

FOLDERS = [Path(name) for name in ("/var/lib/containers", "/etc/containers", "/etc/cni")]
"""What podman keeps on a machine: its images, ours among them, and its configuration."""

VOLUMES = {"containerd": "/var/lib/containerd", "kubelet": "/var/lib/kubelet", "etcd": "/var/lib/etcd"}
"""Folders that must be outside of the container's overlay: overlay on overlay does not work, and etcd wants a disk."""

RUNTIME = "/usr/sbin/runc"
"""crun refuses a hybrid cgroup tree."""


def podman(*arguments: str, input: bytes | None = None, timeout: float = 120) -> str:
    """Run podman and return what it printed.

    Raises:
        SlipwayError: it failed, or took longer than `timeout` seconds.
    """
    command = ["podman", *arguments]
    try:
        done = subprocess.run(
            command, input=input, capture_output=True, timeout=timeout, check=False, cwd=_litter_folder()
        )
    except FileNotFoundError:
        raise SlipwayError(
            Text(en="podman is not installed", zh="未安装 podman"),
            fix=Text(
                en="run `slipway lab up` with --yes, or install podman",
                zh="运行 `slipway lab up --yes`，或自行安装 podman",
            ),
        ) from None
    except subprocess.TimeoutExpired:
        raise SlipwayError(
            Text(en="podman did not finish in {seconds:.0f} s", zh="podman 在 {seconds:.0f} 秒内没有完成").format(
                seconds=timeout
            ),
            where=" ".join(command[:3]),
        ) from None
    if done.returncode:
        raise SlipwayError(
            Text(en="podman failed", zh="podman 执行失败"),
            where=" ".join(command[:3]),
            why=Text.same(done.stderr.decode(errors="replace").strip()[-2000:]),
        )
    return done.stdout.decode(errors="replace").strip()


def _litter_folder() -> Path:
    """Where podman is run: conmon writes a file named `oom` into the folder it was started in when a machine lacks memory."""
    place = folder() / ".conmon"
    for path in (folder(), place):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def query(*arguments: str) -> list[dict[str, Any]]:
    """Run a podman command that prints a JSON list."""
    return list(json.loads(podman(*arguments, "--format=json") or "[]") or [])


def create_arguments(
    *, lab: str, node: str, container: str, address: str, image: str, host: Host, memory: int | None
) -> list[str]:
    """The arguments of `podman` that create (not start) one node; `memory` in bytes, None: no limit."""
    arguments = [
        "--runtime", RUNTIME, "create", "--name", container, "--hostname", node, "--label", f"{LABEL}={lab}",
        "--network", network_name(lab), "--ip", address,
        # A kubelet mounts, loads BPF programs and makes cgroups and devices.
        "--privileged",
        # podman's systemd mode mounts the name=systemd hierarchy a second time with another root,
        # and runc inside the node then does not find its cgroups; so only its harmless parts, by hand.
        "--systemd=false", "--cgroupns=private", "--env", "container=podman", "--stop-signal", "SIGRTMIN+3",
        "--tmpfs", "/run:rw,exec,nosuid,nodev,mode=755", "--tmpfs", "/run/lock:rw,nosuid,nodev,noexec,size=5m",
        "--tmpfs", "/tmp:rw,exec,nosuid,nodev",
        # The node's own files, not podman's bind mounts, which nobody could replace by a rename.
        "--no-hosts", "--dns", "none",
        "--pids-limit", "-1",  # podman's 2048 for a container are few for a machine
    ]  # fmt: skip
    for name, path in VOLUMES.items():
        arguments += ["--volume", f"{container}-{name}:{path}"]
    if Path("/lib/modules").is_dir():
        arguments += ["--volume", "/lib/modules:/lib/modules:ro"]
    for name, value in host.ulimits.items():
        arguments += ["--ulimit", f"{name}={value}:{value}"]
    if memory is not None:
        arguments += ["--memory", str(memory), "--memory-swap", str(memory)]
    return [*arguments, image, "/sbin/init"]
