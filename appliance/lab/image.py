"""The root file system of a node: a bare Debian server, built once from this machine's own apt sources."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from pathlib import Path

from appliance.lab.podman import podman, query
from installer.common.errors import SlipwayError
from installer.common.text import Text

SUITE = "bookworm"
"""Its systemd (252) boots on cgroup v1 and v2; newer ones refuse v1."""

PACKAGES = [
    "systemd", "systemd-sysv", "dbus", "openssh-server", "python3", "iproute2", "iptables", "nftables", "kmod",
    "ca-certificates", "procps", "util-linux", "mount", "iputils-ping", "hostname", "netbase", "less",
]  # fmt: skip
"""What a bare Debian server has and a container image lacks. No container runtime: ours comes in the bundle."""

MASKED = [
    "apt-daily.timer", "apt-daily-upgrade.timer",  # no network: they would only fail
    "fstrim.timer", "e2scrub_all.timer", "e2scrub_reap.service",  # the disk is the host's
    "systemd-binfmt.service",  # the kernel's table of binary formats is the host's, too
    "proc-sys-fs-binfmt_misc.automount",
    "systemd-sysctl.service",  # most kernel settings are the host's
    "console-getty.service", "getty@.service", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
]  # fmt: skip

CUSTOMIZE = f"""
set -e
cd "$1"
rm -f etc/ssh/ssh_host_* etc/hostname etc/resolv.conf var/lib/dbus/machine-id
: > etc/machine-id
printf '%s\\n' 'HostKey /etc/ssh/ssh_host_ed25519_key' 'PasswordAuthentication no' 'PermitRootLogin prohibit-password' \\
    > etc/ssh/sshd_config.d/lab.conf
for unit in {" ".join(MASKED)}; do ln -sf /dev/null "etc/systemd/system/$unit"; done
cat > etc/systemd/system/lab-hostname.service <<'UNIT'
[Unit]
Description=Give the machine a host name file of its own
# podman mounts one that nobody could replace
DefaultDependencies=no
Before=sysinit.target
ConditionPathIsMountPoint=/etc/hostname
[Service]
Type=oneshot
ExecStart=/bin/umount /etc/hostname
[Install]
WantedBy=sysinit.target
UNIT
mkdir -p etc/systemd/system/sysinit.target.wants
ln -s ../lab-hostname.service etc/systemd/system/sysinit.target.wants/
"""


def key() -> str:
    """What the image is named by: changes with the recipe."""
    recipe = "\n".join([SUITE, *PACKAGES, CUSTOMIZE])
    return hashlib.sha256(recipe.encode()).hexdigest()[:12]


def ensure() -> str:
    """Build the node image unless it is there (half a minute); returns its name.

    Raises:
        SlipwayError: it could not be built; what mmdebstrap said is in it.
    """
    name = f"localhost/slipway-lab-node:{key()}"
    if any(name in (image.get("Names") or []) for image in query("images")):
        return name
    with tempfile.TemporaryDirectory(prefix="slipway-lab-", dir="/var/tmp") as work:
        tar = Path(work) / "rootfs.tar"
        _bootstrap(tar)
        podman("import", "--quiet", str(tar), name, timeout=300)
    return name


def _bootstrap(tar: Path) -> None:
    script = tar.with_name("customize.sh")
    script.write_text("#!/bin/sh\n" + CUSTOMIZE)
    script.chmod(0o755)
    command = [
        "mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(PACKAGES)}", *_keyrings(),
        f"--customize-hook={script} \"$1\"", SUITE, str(tar), "-",
    ]  # fmt: skip
    done = subprocess.run(command, input=sources(), capture_output=True, text=True, check=False, timeout=1200)
    if done.returncode:
        raise SlipwayError(
            Text(en="the lab's root file system could not be built", zh="无法构建实验机的根文件系统"),
            where="mmdebstrap",
            why=Text.same(done.stderr.strip()[-2000:]),
            fix=Text(
                en="does `apt-get update` work here, and do the sources have Debian {suite}?",
                zh="本机 `apt-get update` 是否正常？软件源是否包含 Debian {suite}？",
            ).format(suite=SUITE),
        )


def sources() -> str:
    """This machine's apt sources of Debian itself, one line each (third parties' are left out)."""
    form = "$(ORIGIN)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)"
    command = ["apt-get", "indextargets", "--format", form, "Created-By: Packages"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return "".join(f"{line.removeprefix('Debian|')}\n" for line in lines if line.startswith("Debian|"))


def _keyrings() -> list[str]:
    places = ["/etc/apt/trusted.gpg.d", "/usr/share/keyrings/debian-archive-keyring.gpg"]
    return [f"--keyring={place}" for place in places if Path(place).exists()]
