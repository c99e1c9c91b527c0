"""Root file systems of Debian packages, by mmdebstrap, from wherever the machine's apt gets its own."""

from __future__ import annotations

import hashlib
import shlex
from functools import cache
from pathlib import Path

from appliance.catalog.models import Debian
from appliance.images.tree import EPOCH
from appliance.pack.steps import Made, Work
from appliance.sources.base import Unavailable, run

_LEFT_OUT = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*", "/usr/share/lintian/*"]
_KEYRINGS = ["/etc/apt/trusted.gpg.d", "/usr/share/keyrings/debian-archive-keyring.gpg"]

# Programs that a package's installation would run in vain: there is no service to start and no database to make.
_BEFORE = """
set -e
mkdir -p "$1/etc/postgresql-common" "$1/usr/sbin"
echo 'create_main_cluster = false' > "$1/etc/postgresql-common/createcluster.conf"
"""

# Compiled modules check the time of their source; images give every file the same. By its hash nothing needs checking.
_AFTER = """
set -e
if [ -x "$1/usr/bin/python3" ]; then
    chroot "$1" sh -c 'exec python3 -m compileall -q -f -j 2 --invalidation-mode unchecked-hash /usr/lib/python3*'
fi
"""

NOT_IN_IMAGES = [
    "etc/apt/*", "var/lib/apt/*", "var/cache/*", "var/log/*", "run/*", "tmp/*", "dev/*",  # of the installation itself
    "etc/hostname", "etc/resolv.conf", "etc/machine-id", "etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-",
    "etc/subgid-", "var/lib/dpkg/*-old", "usr/share/doc/*", "usr/share/man/*", "usr/share/locale/*",
    "etc/ssl/private/*", "etc/ssl/certs/ssl-cert-snakeoil.pem",  # a private key that many would share
]  # fmt: skip
"""What no image has of any root file system."""


def obtain(source: Debian, work: Work) -> Made:
    """Make `rootfs.tar`."""
    work.say(" ".join([source.suite, *source.packages]))
    tar = work.result / "rootfs.tar"
    # Only what is essential, without apt: nobody installs anything into an image. `usr-is-merged` spares `usrmerge`, which needs perl.
    command = [
        "mmdebstrap",
        "--quiet",
        "--variant=essential",
        f"--include={','.join(['usr-is-merged', *source.packages])}",
    ]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT]
    command += [f"--keyring={place}" for place in _KEYRINGS if Path(place).exists()]
    for moment, words in {"essential": _BEFORE, "customize": _AFTER}.items():
        hook = work.scratch / moment
        hook.write_text(f"#!/bin/sh\n{words}")
        hook.chmod(0o755)
        command.append(f'--{moment}-hook={shlex.quote(str(hook))} "$1"')
    run(
        [*command, source.suite, str(tar), "-"],
        stdin=apt_sources(source.suite),
        environment={"SOURCE_DATE_EPOCH": str(EPOCH), "LC_ALL": "C.UTF-8"},
    )
    return Made(f"debian: {source.suite}")


def recipe_digest() -> str:
    """Of what is done to every root file system, whichever packages it has."""
    return hashlib.sha256(repr((_LEFT_OUT, _BEFORE, _AFTER, EPOCH)).encode()).hexdigest()


def apt_sources(suite: str) -> str:
    """This machine's apt sources of Debian itself, for a suite that may be another than its own.

    Raises:
        Unavailable: the machine has none.
    """
    lines = []
    for uri, release, component in _machine_sources():
        _, dash, pocket = release.partition("-")
        lines.append(f"deb {uri} {suite}{dash}{pocket} {component}\n")
    if not lines:
        raise Unavailable("apt on this machine has no source of Debian (`apt-get update` not yet run?)")
    return "".join(dict.fromkeys(lines))


@cache
def _machine_sources() -> tuple[tuple[str, str, str], ...]:
    form = "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
    listing = run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"])
    found = (line.split("|") for line in listing.splitlines() if line.startswith("Debian|"))
    return tuple((uri, release, component) for _, uri, release, component in found)
