"""Python for a root file system: which version it has, and compiling beforehand what its pods could not keep."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from pathlib import Path

from appliance.sources.base import Unavailable, run


def unpack(rootfs: Path, folder: Path) -> None:
    """Unpack a root file system that we made, to run something in it."""
    with tarfile.open(rootfs) as tar:
        tar.extractall(folder, filter=_without_devices)


def _without_devices(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    return None if member.isdev() else tarfile.tar_filter(member, folder)


def version(rootfs: Path) -> tuple[int, int]:
    """The version of the root file system's python3.

    Raises:
        Unavailable: it has none.
    """
    with tarfile.open(rootfs) as tar:
        for member in tar:
            if match := re.fullmatch(r"(?:\./)?usr/bin/python3\.(\d+)", member.name):
                return 3, int(match[1])
    raise Unavailable(f"{rootfs} has no python3")


def compile_python(rootfs: Path, folder: Path, scratch: Path) -> None:
    """Compile the folder's modules with the root file system's Python.

    A pod's file system is read-only: without this every start would compile again, seconds of it. `unchecked-hash` since
    an image's files all have one time.
    """
    root = scratch / "root"
    unpack(rootfs, root)
    place = root / "compile"
    shutil.copytree(folder, place)
    command = [
        "chroot",
        str(root),
        "python3",
        "-m",
        "compileall",
        "-q",
        "-j",
        "2",
        "--invalidation-mode",
        "unchecked-hash",
    ]
    # The path inside the compiled file is only for tracebacks; it must not say where it was packed.
    command += ["-s", "/compile", "-p", "/", "/compile"]
    if os.geteuid() != 0:
        command = ["unshare", "--user", "--map-root-user", *command]
    try:
        run(command)
        shutil.rmtree(folder)
        place.rename(folder)
    finally:
        shutil.rmtree(root)
