"""Lays the runner into a folder, with a Python that needs nothing of the image beside it: `provide.py FOLDER`.

A user's image need not have Python, nor any library: its pod gets this folder, made by a container of one of the platform's images.
`FOLDER/lib/ld.so --library-path FOLDER/lib FOLDER/bin/python3 -E FOLDER/runner.py` runs there. Standard library only.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

LEFT_OUT = (
    "dist-packages",
    "site-packages",
    "__pycache__",
    "test",
    "tests",
    "idlelib",
    "tkinter",
    "lib2to3",
    "config-*",
    "ensurepip",
)


def provide(folder: Path) -> None:
    """Fill the folder. Again is harmless: a pod's first container may run twice."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    library = Path(sysconfig.get_path("stdlib"))
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "lib").mkdir(exist_ok=True)
    shutil.copy(os.path.realpath(sys.executable), folder / "bin/python3")
    shutil.copytree(
        library,
        folder / "lib" / version,
        dirs_exist_ok=True,
        symlinks=False,
        ignore=shutil.ignore_patterns(*LEFT_OUT),
        ignore_dangling_symlinks=True,
    )
    loader = _loader(folder / "bin/python3")
    shutil.copy(loader, folder / "lib/ld.so")
    programs = [folder / "bin/python3", *(folder / "lib" / version / "lib-dynload").glob("*.so")]
    for needed in {found for program in programs for found in _needs(loader, program)}:
        shutil.copy(needed, folder / "lib" / needed.name)
    shutil.copy(Path(__file__).with_name("runner.py"), folder / "runner.py")


def _loader(program: Path) -> Path:
    """The dynamic loader that a program names (ELF, PT_INTERP): its path stands in the file as text."""
    match = re.search(rb"/lib[\w/.-]*/ld-[\w.-]+\.so\.\d", program.read_bytes()[:65536])
    if match is None:
        raise SystemExit(f"{program}: names no dynamic loader")
    return Path(os.path.realpath(match[0].decode()))


def _needs(loader: Path, program: Path) -> list[Path]:
    """The libraries that the loader finds for a program."""
    said = subprocess.run([loader, "--list", program], capture_output=True, text=True, check=True).stdout
    return [Path(path) for path in re.findall(r"=> (/\S+)", said)]


if __name__ == "__main__":
    provide(Path(sys.argv[1]))
